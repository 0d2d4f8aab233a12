"""What the agents' desk keeps beside the cases: calls being written, knowledge, call-backs, imports, answers."""
