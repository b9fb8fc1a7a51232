"""What an operator must act on, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from auditctl.doctor.activity import Samples
from auditctl.doctor.model import Edge, Finding, Known, Retention, TableState, Unread
from auditctl.source.interface import HEARTBEAT, SourceFacts

_SKEW_S = 2
_LAG_S = 60
_NAMED = 5
_SILENT = timedelta(days=1)


def find_findings(
    facts: SourceFacts,
    tables: Sequence[TableState],
    unread: Sequence[Unread],
    samples: Samples,
    retention: Retention,
    present: datetime,
) -> Iterator[Finding]:
    """Yield the findings, the gravest first."""
    if facts.role.may_modify:
        yield Finding("role_may_modify", facts.role.sentence, _read_only(facts))
    yield from _unread(unread)
    yield from _server(facts)
    yield from _log(facts, tables, samples, present)
    remedy = "Keep rows longer (prune_logs of Superset), keep an archive, and declare source.in_service_since."
    if retention.months.empty or retention.months.silent:
        remedy += " Find out why months have no row: Superset stood still, or rows were removed."
    for reading in retention.readings:
        if reading.short:
            said = f"{reading.requirement} asks for {reading.asks}. {reading.sentence} {retention.before}"
            yield Finding("retention_short", said, remedy)


def _read_only(facts: SourceFacts) -> str:
    if facts.dialect == "sqlite":
        return "Run auditctl as an account that can only read the file and its folder, or give it a copy."
    return "Read as the role that auditctl grants prints."


def _unread(unread: Sequence[Unread]) -> Iterator[Finding]:
    if hidden := [one for one in unread if not one.columns]:
        names = ", ".join(one.table for one in hidden)
        yield Finding(
            "row_security",
            f"Row-level security may hide rows from this account: {names}. Reading them fails; it leaves nothing out.",
            f"{hidden[0].remedy}." if len(hidden) == 1 else "See Not looked at.",
        )
    if refused := [one for one in unread if one.columns]:
        names = ", ".join(one.table for one in refused[:_NAMED])
        more = f" and {len(refused) - _NAMED} more tables" if len(refused) > _NAMED else ""
        yield Finding(
            "not_granted",
            f"This account may not read all that auditctl needs: {names}{more}. What rests on it ends in an error.",
            "Run what auditctl grants prints, or the statements under Not looked at.",
        )


def _server(facts: SourceFacts) -> Iterator[Finding]:
    if facts.zone is None:
        yield Finding(
            "zone_undeclared",
            "The zone of the Superset server is not declared: times of accounts and objects stay server-local.",
            'Declare it in auditctl.toml: [source] server_zone = "Europe/Berlin"; UTC where its host runs in UTC.',
        )
    if facts.clock_skew is not None and abs(facts.clock_skew) > _SKEW_S:
        way = "ahead of" if facts.clock_skew > 0 else "behind"
        yield Finding(
            "clock_skew",
            f"The server's clock is {abs(facts.clock_skew):,.1f} s {way} this host's.",
            "Set both by NTP; until then --since 1h means the server's hour.",
        )
    point = facts.read_point
    if point.standby and (point.lag is None or point.lag > _LAG_S):
        lag = "an unknown time" if point.lag is None else f"{point.lag:,.0f} s"
        reached = f"{point.taken_at:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(
            "standby_lag",
            f"This is a standby, {lag} behind its primary: it holds nothing after {reached}.",
            "Wait until it has caught up, or read the primary.",
        )


def _log(facts: SourceFacts, tables: Sequence[TableState], samples: Samples, present: datetime) -> Iterator[Finding]:
    guessed = [table.name for table in tables if table.rows.known is Known.AT_MOST]
    if guessed and facts.dialect == "postgresql":
        yield Finding(
            "never_analysed",
            f"The server has never analysed {', '.join(guessed)}: it has no estimate of the rows, and plans badly.",
            f"Ask the DBA for ANALYZE {', '.join(guessed)}.",
        )
    logs = next((table for table in tables if table.name == "logs"), None)
    if "logs" not in facts.tables:
        yield Finding("log_missing", "There is no table logs.", "Give the metadata database of Superset.")
    elif logs is not None and logs.highest is None:
        yield Finding(
            "log_empty",
            "The log is empty.",
            "Check that EVENT_LOGGER of Superset is the database logger, and how long rows are kept (prune_logs).",
        )
    elif logs is not None and logs.highest and (said := _silence(logs.highest, samples, present)):
        yield Finding(
            "log_silent",
            said,
            "Check that Superset runs, that EVENT_LOGGER is the database logger, that this is its live database, and"
            " that nobody removes rows.",
        )


def _silence(highest: Edge, samples: Samples, present: datetime) -> str | None:
    """Say since when nobody's act was logged, by the latest rows: heartbeats come whether anybody acts or not."""
    at, besides = highest.at, ""
    if any(one.action == HEARTBEAT for one in samples.latest):
        acts = [one for one in samples.latest if one.action != HEARTBEAT]
        if not acts:
            rows = sum(one.rows for one in samples.latest)
            which = "rows of the log" if samples.complete else "latest rows of the log by id"
            return f"All {rows:,} {which} are heartbeats of the recorder: nobody's act is among them."
        at = max((one.last_at for one in acts if one.last_at), default=None)
        besides = " beside the recorder's heartbeats"
    if at is None or present - at <= _SILENT:
        return None
    days = (present - at).days
    return f"The last row of the log{besides} is of {at:%Y-%m-%d %H:%M} UTC, {days} days before the present."
