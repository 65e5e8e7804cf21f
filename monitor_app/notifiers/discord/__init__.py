"""Discord, through a webhook."""
