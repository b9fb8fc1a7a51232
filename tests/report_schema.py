"""The published schema of report.json, as a validator."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from auditctl.resources import bundled


def schema() -> dict[str, Any]:
    """Return the schema as it ships."""
    found: dict[str, Any] = json.loads((bundled("templates") / "report-1.schema.json").read_bytes())
    return found


def violations(report: Any) -> list[str]:
    """Return where a report.json is not what the schema says."""
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema()).iter_errors(report)]
