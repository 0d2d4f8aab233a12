"""How the platform is set up, run and shipped."""
