"""Studies that decide what to run by what they have found: keystone, tipping and sensitivity."""
