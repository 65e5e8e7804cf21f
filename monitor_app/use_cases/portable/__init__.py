"""Taking the configuration elsewhere and bringing it back: export and import as YAML, JSON and CSV."""
