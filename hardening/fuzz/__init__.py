"""Fuzzing of what reads files that anybody may have written; `make fuzz`, not part of `make test`."""
