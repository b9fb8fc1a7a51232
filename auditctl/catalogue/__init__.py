"""The canned queries, controls, capabilities and actions: loaded and checked as a whole."""
