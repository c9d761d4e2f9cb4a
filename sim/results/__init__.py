"""What happened: ensembles, what is measured on them, and how they are stored."""
