"""Whose early announcement changes the coalition most: nations, sets of them, and their values."""
