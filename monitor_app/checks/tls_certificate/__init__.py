"""Looks at the certificate that a server shows: valid, for this host, how much longer, how strong."""
