"""The desk of the hall: filing, dispatch, and what units ask for or give back."""
