"""What to simulate: scenario files, their checks, and a scenario in memory."""
