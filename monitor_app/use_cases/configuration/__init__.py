"""Configuration as code: a file says what is watched, and is applied as a whole or not at all."""
