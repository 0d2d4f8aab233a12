"""Notices: what citizens and staff are told of a case, in which words, by which way, and whether it arrived."""
