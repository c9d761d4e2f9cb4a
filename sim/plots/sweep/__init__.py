"""Figures of sweeps: how an outcome answers to what a study varies."""
