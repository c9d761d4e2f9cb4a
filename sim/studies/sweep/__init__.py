"""Sweeps: runs of every point of a design, stored part by part."""
