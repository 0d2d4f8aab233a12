"""Open data and the analysts' views: what leaves the platform for everybody, without anybody's words or names."""
