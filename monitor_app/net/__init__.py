"""Every connection that goes out."""
