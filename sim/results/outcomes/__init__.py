"""Questions asked of an ensemble: order of joining, thresholds of success, requirement."""
