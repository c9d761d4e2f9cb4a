"""Many runs, one question: sweeps over conditions and comparisons of scenarios."""
