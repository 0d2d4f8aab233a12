"""Which department is responsible, and why."""
