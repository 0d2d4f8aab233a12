"""Files that administrators bring: kept, checked by a job, and taken in when the report says they may."""
