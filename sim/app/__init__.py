"""A live page on this machine: levers on one side, what the runner finds on the other."""
