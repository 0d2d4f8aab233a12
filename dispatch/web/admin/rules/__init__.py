"""The rules of the city at the administrator's desk: routing with its dry run, and every other table of rules."""
