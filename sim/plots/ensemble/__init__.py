"""Figures with nations in them: who, in what order, where, after whom."""
