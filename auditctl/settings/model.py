"""What the settings say, frozen. Field names are the keys of auditctl.toml; the defaults are the documented ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType

from auditctl.settings.positions import Lines, nearest_line
from auditctl.text import SqlText, show


@dataclass(frozen=True, slots=True)
class Audit:
    """The recorder's own database, read beside Superset's; without a URL there is none."""

    url: str | None = field(default=None, repr=False)
    alias: str = "audit"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the log rows come from; the URL may hold a password and is kept out of `repr`."""

    url: str | None = field(default=None, repr=False)
    alias: str = "main"
    server_zone: str | None = None
    copy: bool = False
    statement_timeout: timedelta = timedelta(minutes=10)
    retries: int = 3
    require_read_only: bool = False
    in_service_since: date | None = None
    audit: Audit = Audit()


AS_OF_TOLERANCE = timedelta(days=7)
"""How long after a period's end current state is still taken for evidence of it, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is called, and the calendar it follows; None is "not declared"."""

    organisation: str | None = None
    system: str | None = None
    scope_statement: str | None = None
    zone: str = "UTC"
    fiscal_year_start: tuple[int, int] = (1, 1)
    settle: timedelta = timedelta(hours=1)
    longest_silence: timedelta = timedelta(days=4)
    as_of_tolerance: timedelta = AS_OF_TOLERANCE
    domains: tuple[str, ...] = ()
    sql: SqlText = SqlText.REDACTED
    freezes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """ISO weekdays (1 is Monday) and local times of the report zone; `start` inclusive, `end` exclusive."""

    days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    start: time = time(8)
    end: time = time(18)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files that the user gives; `sign_in_log_covers` is SINCE..UNTIL in the report zone, management's assertion."""

    leavers: Path | None = None
    approved_admins: Path | None = None
    sign_in_log: Path | None = None
    sign_in_log_covers: str | None = None
    tickets: Path | None = None
    reviewers: Path | None = None
    waivers: Path | None = None

    def over(self, declared: Inputs) -> Inputs:
        """Return these files, and those of `declared` where there is none here.

        What is declared of the coverage of one sign-in file does not hold for another one.
        """
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        given = {name: value for name, value in given.items() if value is not None}
        if self.sign_in_log is not None:
            given.setdefault("sign_in_log_covers", None)
        return replace(declared, **given)


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to a declared scope, as written: names and ids are resolved against the source later.

    With `none` management asserts that there is nothing of the kind; the lists are empty then.
    """

    name: str
    databases: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    datasets: tuple[int | str, ...] = ()
    dashboards: tuple[int | str, ...] = ()
    permitted: tuple[str, ...] = ()
    none: bool = False
    stated_by: str | None = None
    stated_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """What packs are signed with; None: they are not."""

    key: Path | None = None


@dataclass(frozen=True, slots=True)
class AcceptedGap:
    """A test that management knows to be Not evidenced; `expires` is the last day of that, in the report zone."""

    reason: str
    owner: str
    expires: date


@dataclass(frozen=True, slots=True)
class Limits:
    """What the local engine may use; changes no result."""

    memory: str = "120MB"
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was declared, from the file and the environment; paths are absolute.

    `now` is the pretend clock (aware UTC), `thresholds` maps query id and parameter to a value, `accepted_gaps`
    maps test ids, `control_map` ids of controls to the organisation's own, and `lines` knows where each key stands in
    the file, for errors that show only later.
    """

    path: Path | None = None
    now: datetime | None = None
    catalogue: Path | None = None
    source: Source = Source()
    report: Report = Report()
    business_hours: BusinessHours = BusinessHours()
    inputs: Inputs = Inputs()
    scopes: tuple[Scope, ...] = ()
    thresholds: Mapping[str, Mapping[str, int | float | str | bool]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    signing: Signing = Signing()
    accepted_gaps: Mapping[str, AcceptedGap] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    control_map: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    limits: Limits = Limits()
    lines: Lines = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)

    def where(self, *key: str | int) -> str:
        """Return `auditctl.toml:LINE` of a key (or of the nearest table above it), to begin an error with."""
        name = show(self.path or "auditctl.toml")
        line = nearest_line(self.lines, key)
        return name if line is None else f"{name}:{line}"
