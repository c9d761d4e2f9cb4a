"""One run told day by day: what was noted, the terms of its hazards, how it is stored."""
