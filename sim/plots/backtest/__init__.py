"""Figures of a back-test."""
