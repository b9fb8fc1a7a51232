"""Choices of options, apart from what writes them: an option is read before anything else is imported."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


class FailOn(StrEnum):
    """Which outcomes end the command with another code than 0."""

    NEVER = "never"
    EXCEPTIONS = "exceptions"
    NOT_EVIDENCED = "not-evidenced"
