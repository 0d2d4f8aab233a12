"""Pages in Chromium, on the real processes."""
