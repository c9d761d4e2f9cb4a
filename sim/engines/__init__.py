"""How it runs: the batch engine, the Mesa model, and the one door to both."""
