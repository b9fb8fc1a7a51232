"""Canned queries over a population: rows as evidence, and their CSV."""
