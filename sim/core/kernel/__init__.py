"""The batch engine's compiled loop: many runs of one scenario, a day at a time."""
