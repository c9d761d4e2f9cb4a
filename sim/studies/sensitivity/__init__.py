"""Which inputs an outcome hangs on, and how much of it is chance."""
