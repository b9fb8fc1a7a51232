"""Tests on real PostgreSQL and MariaDB servers, which tests/servers starts."""
