"""Thin ways from a study to other tools; each is imported when it is used."""
