"""Scenarios compared run by run with common random numbers."""
