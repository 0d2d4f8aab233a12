"""The platform: cases from report to closing, their departments, people and pages."""
