"""Figures of a tipping point."""
