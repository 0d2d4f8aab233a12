"""Ways out of the house: one sender a way; `choice` picks it, and is imported only by who sends."""
