"""The desk of a department: its pages as its manager and its handlers get them."""
