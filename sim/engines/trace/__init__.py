"""The Mesa model with a notebook in hand."""
