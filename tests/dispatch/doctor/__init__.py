"""dispatch/doctor."""
