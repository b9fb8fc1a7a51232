"""What the catalogue holds: queries, controls with their tests, capabilities and the meaning of actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from auditctl.catalogue.action_rules import ActionRule, RulesByName, sort_rules
from auditctl.catalogue.nearest import did_you_mean
from auditctl.errors import UsageError


class Kind(StrEnum):
    """What a row of a query's result means."""

    LISTING = "listing"
    """Rows to read; nothing is flagged."""
    INDICATOR = "indicator"
    """Flagged rows are items for review."""
    DEVIATION = "deviation"
    """Flagged rows are exceptions."""


class Time(StrEnum):
    """What time the rows of a query speak of."""

    PERIOD = "period"
    AS_OF = "as_of"
    """Current state at the read point: never evidence of a period that ended long before."""


class ColumnType(StrEnum):
    """The type of a column, a closed list that every renderer knows."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    """Naive UTC, microseconds."""
    DURATION_MS = "duration_ms"
    SQL = "sql"
    JSON = "json"
    URL = "url"

    @property
    def duckdb(self) -> str:
        """The DuckDB type that holds it."""
        return _DUCKDB.get(self, "VARCHAR")


_DUCKDB = {
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DURATION_MS: "BIGINT",
    ColumnType.DECIMAL: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMP",
}


ParameterValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter; `since` and `until` are filled from the window."""

    name: str
    type: ColumnType
    help: str
    default: ParameterValue = None
    maximum: int | None = None
    """For an integer: what its query can answer for, such as its lookback."""
    scope_list: str | None = None
    """For a text: the list of a scope that it is an entry of; the relations hold that scope as `asked`."""

    @property
    def is_window(self) -> bool:
        """Whether the window fills it, not the user."""
        return self.name in ("since", "until")

    def accepts(self, value: object) -> bool:
        """Whether a value from a settings file is of its type."""
        match self.type:
            case ColumnType.INTEGER | ColumnType.DURATION_MS:
                return isinstance(value, int) and not isinstance(value, bool)
            case ColumnType.DECIMAL:
                return isinstance(value, int | float) and not isinstance(value, bool)
            case ColumnType.BOOLEAN:
                return isinstance(value, bool)
            case _:
                return isinstance(value, str)


@dataclass(frozen=True, slots=True)
class Column:
    """A declared result column."""

    name: str
    label: str
    type: ColumnType
    help: str = ""
    bar: bool = False
    """Of an integer: a terminal shows it as a bar too, against the largest of the column."""


@dataclass(frozen=True, slots=True)
class Query:
    """One canned query: its header and its SQL, as one file holds them."""

    id: str
    version: int
    title: str
    purpose: str
    kind: Kind
    time: Time
    reads: tuple[str, ...]
    requires: tuple[str, ...]
    """Capabilities; a name may hold a text parameter in braces, as in `scope_{scope}`."""
    fallback: str | None
    denominator: str | None
    """What its rows were filtered from: a relation, or one of its own WITH that holds just what it judges."""
    noun: str
    """What the rows of the denominator are called, in the plural; empty where there is none."""
    unjudged: str
    """What rows without a flag are called, in the plural, where they could not be judged; empty where they were."""
    lookback: str | None
    key: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    sql: str
    """The statement alone, without the header."""
    text: str
    """The whole file, as evidence shows it."""
    sha256: str
    path: Path
    area: str
    shipped: bool = True

    @property
    def command(self) -> str:
        """The name of the command that runs it."""
        return self.id.replace("_", "-")

    @property
    def declares_flag(self) -> bool:
        """Whether only rows with a `flag_reason` are flagged."""
        return any(column.name == "flag_reason" for column in self.columns)

    def capabilities(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Return the names of the capabilities that a run with these parameter values needs."""
        return tuple(name.format_map({k: v for k, v in values.items() if v is not None}) for name in self.requires)


@dataclass(frozen=True, slots=True)
class Test:
    """One procedure under a control; the outcome belongs to it."""

    id: str
    procedure: str
    query: str
    absence: str = "not_evidenced"
    cannot_prove: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    """What the test itself sets of its query's parameters."""

    @property
    def evidence(self) -> str:
        """The name of its evidence: the query's id, and with parameters of its own `statements_outside_list.chd`.

        It names a folder, whatever the values are: `[a-z0-9_]` between dots, none empty, at most 40 after the id.
        """
        values = ".".join(_value_name(name, value) for name, value in sorted(self.parameters.items()))
        return f"{self.query}.{values[:40].rstrip('._')}" if values else self.query


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement of a framework, in our own short wording."""

    id: str
    title: str
    addressable: bool
    tests: tuple[Test, ...]
    note: str = ""
    own_ids: tuple[str, ...] = ()
    """What the organisation calls it, as its settings say."""


@dataclass(frozen=True, slots=True)
class Framework:
    """The controls of one framework."""

    id: str
    title: str
    noun: str
    """The framework's own word for a requirement: criterion, standard, requirement, control."""
    edition: str
    controls: tuple[Control, ...]
    path: Path
    sha256: str
    shipped: bool = True


@dataclass(frozen=True, slots=True)
class CapabilityRule:
    """How a capability is found: by a family of events, by tables, or by a file that the user gives."""

    name: str
    title: str
    kind: str
    """`events`, `details` or `rows` (from their first), `tables` (current state) or `declared` (a file or a scope)."""
    tables: tuple[str, ...]
    actions: tuple[str, ...]
    """Patterns of the actions whose first row begins the interval, or names of a kind of rows of an extended log:
    `extended:view`; of those that say whether the act failed `extended:sign_in:outcome`, that name a failure
    `extended:sign_in:failed`, that have SQL text `extended:statement:text`, of a log without payloads
    `extended:export:alone`."""
    heartbeat: str | None
    """The heartbeat kind of the recorder that bounds the interval exactly."""
    reason: str
    """Why it is not held, in a sentence, when it is not."""
    remedy: str
    extended: ExtendedLog | None = None


@dataclass(frozen=True, slots=True)
class ExtendedLog:
    """What is said of a capability where the log is an extended one."""

    columns: tuple[str, ...]
    """Any of these says it; empty where no column is needed."""
    without: str
    """Why it is not held where the log has none of them."""
    reason: str
    """Why it is not held, in a sentence, when it is not."""


@dataclass(frozen=True, slots=True)
class RelationSpec:
    """One typed table that queries read: its columns, and what it is made from."""

    name: str
    meaning: str
    tables: tuple[str, ...]
    """Tables of the source that it is made from."""
    reads: tuple[str, ...]
    """Relations that it is made from; they come before it in the catalogue."""
    columns: tuple[Column, ...]
    """The label of each is its meaning."""
    sql: str | None
    """The SQL that fills it; None where Python does."""
    sha256: str
    """Of columns, sources and SQL."""
    whole_log: tuple[str, ...] = ()
    """The columns that rest on rows of the log outside the window, where it is made from `log_summary`: else all do."""
    log_kinds: tuple[str, ...] = ()
    """The kinds of rows that it is made from, where it is made from `log_rows`; empty where it is of all."""

    def ddl(self) -> str:
        """Return the DuckDB statement that makes it, empty."""
        columns = ", ".join(f'"{column.name}" {column.type.duckdb}' for column in self.columns)
        return f'CREATE TABLE "{self.name}" ({columns})'


@dataclass(frozen=True)
class Catalogue:
    """Everything that is read from `queries/` (and from the user's folder), checked as a whole."""

    queries: Mapping[str, Query]
    """By id, sorted."""
    frameworks: Mapping[str, Framework]
    capabilities: Mapping[str, CapabilityRule]
    actions: tuple[ActionRule, ...]
    discriminators: Mapping[str, str]
    """Actions whose rows are told apart by a json key: action -> key."""
    relations: Mapping[str, RelationSpec]
    """By name, each after those that it reads."""
    macros: str
    """DuckDB macros that the relations' SQL uses; queries do not see them."""
    sha256: str
    """Over the name and hash of every file that was read."""
    own_actions: str = ""
    """The user's own actions.toml, as it is written; empty where there is none."""

    @property
    def tests(self) -> Iterator[Test]:
        """The tests of all controls of all frameworks."""
        for framework in self.frameworks.values():
            for control in framework.controls:
                yield from control.tests

    def with_own_ids(self, own_ids: Mapping[str, tuple[str, ...]]) -> Catalogue:
        """Return the same, each control with what the organisation calls it."""

        def named(framework: Framework) -> Framework:
            controls = (replace(control, own_ids=own_ids.get(control.id, ())) for control in framework.controls)
            return replace(framework, controls=tuple(controls))

        return replace(self, frameworks={name: named(framework) for name, framework in self.frameworks.items()})

    def lookup_action(
        self, action: str, value: str | None = None, *, extended: bool = False, own: bool = False
    ) -> ActionRule | None:
        """Return the rule of a log row; None when actions.toml does not know it.

        Args:
            action: Its action.
            value: What it holds under the action's discriminator key, where there is one.
            extended: Whether the log is an extended one; there, names that custom loggers give are known as well.
            own: Whether a custom logger wrote the row: then these names go before Superset's.
        """
        superset, custom = self._rules
        found = None
        if action in self.discriminators:
            found = superset.find(f"{action}/{value or ''}")
        elif action.partition("/")[0] not in self.discriminators:  # else one that only looks like one told apart
            found = superset.find(action)
        if not extended or (found and not own):
            return found
        return custom.find(action.lower()) or found

    @cached_property
    def _rules(self) -> tuple[RulesByName, RulesByName]:
        """Those of Superset's actions, and those of custom loggers' in lower case."""
        return sort_rules(self.actions)

    def find_query(self, name: str) -> Query:
        """Return a query by its id or its command, `-` and `_` being the same.

        Raises:
            UsageError: there is none of that name; the nearest is offered.
        """
        query = self.queries.get(name.replace("-", "_"))
        if query is None:
            commands = [known.command for known in self.queries.values()]
            raise UsageError(f"unknown query '{name}': {_advice(name.replace('_', '-'), commands)}")
        return query

    def find_controls(self, name: str) -> list[tuple[Framework, Control]]:
        """Return the controls of an identifier, with or without what stands before its colon, in any case.

        Annex A of ISO/IEC 27001 may be named as in `A.8.15`. Frameworks of the user may hold an identifier again.

        Raises:
            UsageError: there is none of that name; the nearest is offered.
        """
        wanted = _spelled(name)
        every = [(framework, control) for framework in self.frameworks.values() for control in framework.controls]
        found = [
            (framework, control) for framework, control in every if wanted in map(_spelled, _spellings(control.id))
        ]
        if not found:
            near = {_spelled(spelling): control.id for _, control in every for spelling in _spellings(control.id)}
            match = get_close_matches(wanted, near, n=1)
            advice = f"did you mean '{near[match[0]]}'?" if match else "see auditctl controls list"
            raise UsageError(f"unknown control '{name}': {advice}")
        return found

    def find_framework(self, name: str) -> Framework:
        """Return a framework by its id, `-` and `_` being the same.

        Raises:
            UsageError: there is none of that name; the nearest is offered.
        """
        framework = self.frameworks.get(name.replace("_", "-"))
        if framework is None:
            raise UsageError(f"unknown framework '{name}': {_advice(name.replace('_', '-'), list(self.frameworks))}")
        return framework


def _value_name(name: str, value: ParameterValue) -> str:
    text = value if isinstance(value, str) else f"{name}_{value}"
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or name


def _advice(name: str, known: list[str]) -> str:
    return did_you_mean(name, known) or ("known: " + ", ".join(sorted(known)) if known else "none is known")


def _spellings(control_id: str) -> tuple[str, str]:
    return control_id, control_id.partition(":")[2]


def _spelled(name: str) -> str:
    framework, colon, identifier = name.strip().casefold().rpartition(":")
    return framework + colon + identifier.removeprefix("a.")
