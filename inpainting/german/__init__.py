"""Every German sentence of the report, by subject."""
