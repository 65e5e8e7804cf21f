"""Events inside one process."""
