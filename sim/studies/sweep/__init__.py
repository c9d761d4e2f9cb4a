"""Sweeps: every point of a design run, kept part by part, and asked."""
