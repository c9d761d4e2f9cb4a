"""Forecasts of past coalitions by what the others taught: how they are made, and scored."""
