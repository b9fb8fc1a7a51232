"""Read-only access to a source, at one read point."""
