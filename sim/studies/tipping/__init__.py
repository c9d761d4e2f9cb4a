"""The level at which an outcome turns: thresholds of single runs along a path of a scenario."""
