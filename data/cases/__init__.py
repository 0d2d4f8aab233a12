"""What `make_cases.py` needs: places with words for them, who is responsible, and faults."""
