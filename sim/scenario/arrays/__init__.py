"""From a scenario in memory to the arrays that the engines read."""
