"""What is printed of a sweep."""
