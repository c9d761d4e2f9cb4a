"""Figures of a keystone study: effects of single levers, sets of them, and values."""
