"""Test the audit logging: one harmless act over HTTP, and the row that it leaves."""
