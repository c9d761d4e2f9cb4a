"""A trace in plain words, for a terminal: the run by day, and one nation's part in it."""
