"""Benchmarks: each measures one promise and puts the peer or the limit beside it."""
