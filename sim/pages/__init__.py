"""Results to one page: an HTML file that stands by itself, for who has no terminal."""
