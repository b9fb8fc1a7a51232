"""Suites that take too long for every run: each has its own make target, and writes its counts."""
