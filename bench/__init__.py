"""How fast auditctl is against the tools that do nothing but the same work: `make bench`."""
