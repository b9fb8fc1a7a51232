"""The settings in force, without secrets, for the manifest and for the identity of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from auditctl.settings.model import Settings
from auditctl.settings.url import redact_url
from auditctl.settings.values import DAYS


def effective(settings: Settings) -> dict[str, object]:
    """Return the settings as JSON values with sorted keys, named as in auditctl.toml; null is "not declared".

    The source URL is reduced to dialect, host, port and database, and a path to its last name. `limits`, `signing`,
    the timeout, the retries and what the role must not be able to do are left out: they change no result, and a report
    made on a larger machine is the same report.
    """
    source = _members(settings.source)
    del source["statement_timeout"], source["retries"], source["require_read_only"]
    source["url"] = redact_url(settings.source.url) if settings.source.url else None
    audit = settings.source.audit
    source["audit"] = {**_members(audit), "url": redact_url(audit.url)} if audit.url else None
    report = _members(settings.report)
    report["fiscal_year_start"] = "{:02}-{:02}".format(*settings.report.fiscal_year_start)
    hours = _members(settings.business_hours)
    hours["days"] = [DAYS[day - 1] for day in sorted(settings.business_hours.days)]
    scopes = {scope.name: _members(scope) for scope in settings.scopes}
    for members in scopes.values():
        del members["name"]
    return _plain(
        {
            "now": settings.now,
            "catalogue": settings.catalogue,
            "source": source,
            "report": report,
            "business_hours": hours,
            "inputs": _members(settings.inputs),
            "scope": scopes,
            "thresholds": settings.thresholds,
            "control_map": settings.control_map,
            "accepted_gaps": {test: _members(gap) for test, gap in settings.accepted_gaps.items()},
        }
    )


def _members(part: Any) -> dict[str, object]:
    return {member.name: getattr(part, member.name) for member in fields(part)}


def _plain(table: Mapping[str, object]) -> dict[str, object]:
    return {name: _plain_value(table[name]) for name in sorted(table)}


def _plain_value(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return _duration(value)
        case Path():
            return value.name
        case tuple():
            return list(value)
        case Mapping():
            return _plain(value)
    return value


def _duration(length: timedelta) -> str:
    """Return the shortest text that settings accept for it, so that 60m and 1h are one."""
    minutes = length // timedelta(minutes=1)
    for unit, size in (("w", 10080), ("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
