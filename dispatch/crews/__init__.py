"""The crews of a department: who goes out together, and how much they get done in a day."""
