"""Sources: other systems that tell about services, a folder each."""
