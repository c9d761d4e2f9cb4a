"""The Mesa model: readable, inspectable, and there to be subclassed."""
