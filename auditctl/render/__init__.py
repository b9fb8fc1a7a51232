"""Typed results become text: one module per format."""
