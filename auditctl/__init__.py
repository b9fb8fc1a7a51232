"""Audit evidence from the log of Apache Superset that an external auditor can check."""

__version__ = "0.1.0"
