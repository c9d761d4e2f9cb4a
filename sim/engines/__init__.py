"""How it runs: the batch engine, the Mesa model, and `run` for both."""
