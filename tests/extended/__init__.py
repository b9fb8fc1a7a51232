"""What is found in the metadata database of a real Superset 6.1.0, against what was really done to it."""
