"""Lists as people arrange them: saved filters, one's own or the desk's, and the columns one looks at."""
