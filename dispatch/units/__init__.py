"""The centre and its units at work together: loads, returns, rulings on who is responsible, hand-overs."""
