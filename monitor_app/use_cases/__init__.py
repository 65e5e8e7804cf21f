"""What a person or a client does, a noun a file."""
