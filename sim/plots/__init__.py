"""Tables to figures. Every figure is drawn from an ensemble, stored or in memory."""
