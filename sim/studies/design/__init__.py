"""What to vary: the study, its design, and the scenario of each point."""
