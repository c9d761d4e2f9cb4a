"""Scenarios compared under the same luck, run by run."""
