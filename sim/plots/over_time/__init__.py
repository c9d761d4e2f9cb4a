"""Figures with days along the bottom: sizes, stages, force, conditions."""
