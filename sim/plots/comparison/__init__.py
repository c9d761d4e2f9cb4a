"""Figures of comparisons: scenarios under the same luck."""
