"""ntfy: push messages to phones, through ntfy.sh or a server of one's own."""
