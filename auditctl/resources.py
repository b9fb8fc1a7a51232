"""The only place that finds the data that ships with auditctl."""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = {"queries": "queries", "templates": "reports/templates"}


def in_checkout() -> bool:
    """Return whether the data lie in a checkout, where people change them."""
    return not (Path(__file__).parent / "_data").is_dir()


def bundled(name: str) -> Path:
    """Return the folder that ships as `name` ("queries" or "templates"), from the wheel or the checkout."""
    package = Path(__file__).parent
    packaged = package / "_data" / name
    return packaged if packaged.is_dir() else package.parent / _CHECKOUT[name]
