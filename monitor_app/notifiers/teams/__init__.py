"""Microsoft Teams, through a webhook of Workflows."""
