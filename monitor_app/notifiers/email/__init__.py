"""Mail, through a mail server (SMTP)."""
