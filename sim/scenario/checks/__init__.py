"""Checks of a scenario: of single fields, of names, and of numbers that must fit each other."""
