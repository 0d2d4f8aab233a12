"""Jobs: each opens a transaction, takes a receipt in it, and calls one command."""
