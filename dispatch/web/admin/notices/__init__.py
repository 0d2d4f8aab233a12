"""Notices at the administrator's desk: texts and rules, ways, robots, and the log."""
