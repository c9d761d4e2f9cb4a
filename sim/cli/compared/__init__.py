"""The words of a comparison in a terminal, and its runs in blocks."""
