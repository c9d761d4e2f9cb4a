"""Results on disk: folders that are whole or absent, tables, provenance."""
