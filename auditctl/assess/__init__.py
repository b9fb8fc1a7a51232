"""Evidence, capabilities and coverage become an outcome per test and a line per control."""
