"""The citizen's pages: report, follow, rate, find a toilet or a place to park."""
