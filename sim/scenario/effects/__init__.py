"""What a scenario says that can have no effect on any run, and why."""
