"""Everything else, through Apprise."""
