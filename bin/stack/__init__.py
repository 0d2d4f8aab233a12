"""Sets up and runs the platform on one machine; standard library only, since nothing is installed yet."""
