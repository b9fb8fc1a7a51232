"""auditctl.toml and the environment, checked and frozen into one Settings."""

from __future__ import annotations

from auditctl.settings.effective import effective
from auditctl.settings.keys import ENVIRONMENT, KEYS, SCOPE_LISTS, SCOPE_NAMES, Key
from auditctl.settings.load import load_settings
from auditctl.settings.model import (
    AS_OF_TOLERANCE,
    AcceptedGap,
    Audit,
    BusinessHours,
    Inputs,
    Limits,
    Report,
    Scope,
    Settings,
    Source,
)
from auditctl.settings.url import redact_url, resolve_url

__all__ = [
    "AS_OF_TOLERANCE",
    "ENVIRONMENT",
    "KEYS",
    "SCOPE_LISTS",
    "SCOPE_NAMES",
    "AcceptedGap",
    "Audit",
    "BusinessHours",
    "Inputs",
    "Key",
    "Limits",
    "Report",
    "Scope",
    "Settings",
    "Source",
    "effective",
    "load_settings",
    "redact_url",
    "resolve_url",
]
