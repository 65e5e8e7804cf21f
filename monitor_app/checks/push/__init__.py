"""Services that report of themselves: backups, cron jobs, scripts."""
