"""What `serve` does before and around the web server: address, TLS files, frontend build, the server itself."""
