"""What `willing plot` offers of each kind of result."""
