"""What the source could have held, and when: the difference between "none" and "not evidenced"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import duckdb

from auditctl.catalogue.model import CapabilityRule
from auditctl.population.model import EVER, Capability, Held

_BEAT = timedelta(minutes=5)
SILENCE = 3 * _BEAT
"""The recorder beats every 5 minutes; three missed beats are a gap, and a beat this long before a window reaches in."""
_HEARTBEAT = "RecorderHeartbeat"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the user gave: files and scopes by capability, and the span that the sign-in file covers."""

    names: frozenset[str]
    sign_ins_cover: Held | None


def find_capabilities(
    rules: Iterable[CapabilityRule],
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[str],
    firsts: Mapping[str, datetime],
    declared: Declared,
    read_until: datetime,
    present: datetime,
) -> dict[str, Capability]:
    """Return every capability with the intervals in which it is held.

    Args:
        rules: The closed list.
        connection: An engine that sees `log_summary` and, where there is one, `log_rows`.
        tables: Tables that the source has.
        firsts: Table -> its first surviving row, for tables with a time of their own.
        declared: What the user gave.
        read_until: End of the time whose rows `log_rows` holds, aware UTC.
        present: Where "to the read point" ends, aware UTC.
    """
    seen = _first_rows(connection)
    beats = _heartbeats(connection)
    has = set(tables)
    found = {}
    for rule in rules:
        held = list(_held(rule, seen, beats, has, firsts, declared, read_until, present))
        if rule.heartbeat in ("sign_in", "sign_in_failure") and declared.sign_ins_cover is not None:
            held.append(declared.sign_ins_cover)
        reason = rule.reason
        missing = [table for table in rule.tables if table not in has]
        if missing:
            reason = f"This database has no table {', '.join(missing)}."
        found[rule.name] = Capability(rule.name, rule.title, tuple(held), reason, rule.remedy)
    return found


def _held(
    rule: CapabilityRule,
    seen: Mapping[str, datetime],
    beats: Mapping[str, list[Held]],
    tables: set[str],
    firsts: Mapping[str, datetime],
    declared: Declared,
    read_until: datetime,
    present: datetime,
) -> Iterable[Held]:
    if rule.kind == "declared":
        return [Held(EVER, present, "file", "given by the user")] if rule.name in declared.names else []
    if not all(table in tables for table in rule.tables):
        return []
    if rule.kind == "tables":
        return [Held(EVER, present, "server", "state at the read point")]
    if rule.kind == "rows":
        first = min((firsts[table] for table in rule.tables if table in firsts), default=None)
        return [Held(first, present, "server", "from its first surviving row")] if first else []
    first = min((at for action, at in seen.items() if _in_family(action, rule.actions)), default=None)
    if rule.heartbeat is not None and _HEARTBEAT in seen:
        if first is not None and first >= read_until:  # the heartbeats then were not read
            return [Held(first, present, "recorder", "from the first row of its family, after the time that was read")]
        return beats.get(rule.heartbeat, [])
    if first is None:
        return []
    reason = "from the first row of its family"
    if rule.heartbeat is not None:
        reason += "; row shape not measured (no released Superset writes it)"
    return [Held(first, present, "server", reason)]


def _in_family(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def _first_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    rows = connection.execute(
        "SELECT action, min(first_at) FROM log_summary WHERE action IS NOT NULL GROUP BY action"
    ).fetchall()
    return {action: at.replace(tzinfo=UTC) for action, at in rows if at is not None}


def _heartbeats(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Held]]:
    """Return, per kind, the spans in which heartbeats name it; a longer silence than three beats ends a span."""
    if not connection.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'log_rows'").fetchall():
        return {}
    rows = connection.execute(
        """
        WITH beats AS (
            SELECT occurred_at, unnest(string_split(heartbeat_kinds, ',')) AS kind
            FROM log_rows
            WHERE kind = 'heartbeat' AND heartbeat_kinds IS NOT NULL
        ),
        steps AS (
            SELECT kind, occurred_at,
                occurred_at - lag(occurred_at) OVER same > to_seconds($silence) AS breaks
            FROM beats
            WINDOW same AS (PARTITION BY kind ORDER BY occurred_at)
        ),
        spans AS (
            SELECT kind, occurred_at,
                sum(CASE WHEN breaks THEN 1 ELSE 0 END) OVER (PARTITION BY kind ORDER BY occurred_at) AS span
            FROM steps
        )
        SELECT kind, min(occurred_at), max(occurred_at) FROM spans GROUP BY kind, span ORDER BY kind, min(occurred_at)
        """,
        {"silence": int(SILENCE.total_seconds())},
    ).fetchall()
    spans: dict[str, list[Held]] = {}
    for kind, since, last in rows:
        until = last.replace(tzinfo=UTC) + _BEAT
        held = Held(since.replace(tzinfo=UTC), until, "recorder", "the recorder's heartbeats name it")
        spans.setdefault(kind, []).append(held)
    return spans
