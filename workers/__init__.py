"""The only place that knows the job queue: relay, clock and jobs."""
