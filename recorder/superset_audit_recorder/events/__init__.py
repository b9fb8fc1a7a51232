"""What makes records: what Superset does, seen from inside."""
