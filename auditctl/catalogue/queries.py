"""Query files: the header read and checked by itself, then against the rest of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from string import Formatter

from auditctl.catalogue.document import Document, Table
from auditctl.catalogue.header import split_header
from auditctl.catalogue.model import Column, ColumnType, Kind, Parameter, ParameterValue, Query, Time
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.problems import Problems

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LOOKBACK = re.compile(r"[1-9][0-9]{0,5}[mhdw]")
_TYPES = tuple(ColumnType)
_PARAMETER_TYPES = ("text", "integer", "decimal", "boolean", "date", "datetime", "duration_ms")
_ASKED_LISTS = ("tables",)
"""Lists of a scope of which a parameter can be an entry."""
_TAKEN_OPTIONS = ("period", "format", "output", "help")
"""Options that every query's command has besides its parameters."""


@dataclass(frozen=True, slots=True)
class QueryFile:
    """A query and the document that its header is."""

    query: Query
    header: Table


def read_query(path: Path, text: str, sha256: str, problems: Problems, *, area: str, shipped: bool) -> QueryFile | None:
    """Read one query file; None when its header cannot be read at all. Every problem is noted."""
    document, statement = split_header(path, text, problems)
    if document is None:
        return None
    table = Table(document, problems)
    denominator = table.optional_text("denominator")
    query = Query(
        id=_query_id(table, document),
        version=table.integer("version"),
        title=table.text("title"),
        purpose=table.text("purpose"),
        kind=Kind(table.choice("kind", tuple(Kind))),
        time=Time(table.choice("time", tuple(Time))),
        reads=table.texts("reads", required=True),
        requires=table.texts("requires"),
        fallback=table.optional_text("fallback"),
        denominator=denominator,
        noun=_noun(denominator, table),
        unjudged=table.optional_text("unjudged") or "",
        lookback=table.optional_text("lookback"),
        key=table.texts("key", required=True),
        parameters=tuple(_parameter(name, entry) for name, entry in table.table("parameters").tables()),
        columns=tuple(_column(name, entry) for name, entry in table.table("columns").tables()),
        sql=statement,
        text=text,
        sha256=sha256,
        path=path,
        area=area,
        shipped=shipped,
    )
    table.finish()
    _check_window(query, table)
    _check_columns(query, table)
    _check_unjudged(query, table)
    if query.lookback and not _LOOKBACK.fullmatch(query.lookback):
        table.problem(f"'{query.lookback}' is no duration; write 30m, 24h, 7d or 2w", "lookback")
    return QueryFile(query, table)


def check_references(
    file: QueryFile, relations: Collection[str], capabilities: Collection[str], ids: Collection[str]
) -> None:
    """Check what a query names: relations, capabilities and its fallback. An empty list is not held against it."""
    query, header = file.query, file.header
    for name in query.reads:
        if relations and name not in relations:
            header.problem(unknown("relation", name, relations), "reads")
    for name in query.requires:
        filled = _fill(name, query, header)
        if filled is not None and capabilities and filled not in capabilities:
            header.problem(unknown("capability", filled, capabilities), "requires")
    if query.fallback == query.id:
        header.problem("a query cannot be its own fallback; name another", "fallback")
    elif query.fallback and query.fallback not in ids:
        header.problem(unknown("query", query.fallback, ids), "fallback")


def _check_unjudged(query: Query, table: Table) -> None:
    if query.unjudged and (query.kind is Kind.LISTING or not query.declares_flag):
        table.problem("only a query with a reason for each flag leaves rows unjudged; remove it", "unjudged")


def _noun(denominator: str | None, table: Table) -> str:
    noun = table.optional_text("denominator_noun")
    if noun and not denominator:
        table.problem("there is no 'denominator' that it could name; declare one", "denominator_noun")
    return noun or (denominator or "").replace("_", "-")


def _query_id(table: Table, document: Document) -> str:
    query_id = table.text("id")
    if query_id and not _NAME.fullmatch(query_id):
        table.problem(f"'{query_id}' is not snake_case; use a-z, 0-9 and _", "id")
    elif query_id and query_id != document.path.stem:
        table.problem(f"'{query_id}' is not the file's name; call the file {query_id}.sql", "id")
    return query_id


def _parameter(name: str, table: Table) -> Parameter:
    _check_name(name, table)
    if name in _TAKEN_OPTIONS:
        table.problem(f"--{name} is an option of every query; rename the parameter")
    kind = ColumnType(table.choice("type", _PARAMETER_TYPES))
    parameter = Parameter(
        name, kind, table.text("help"), _default(kind, table), _maximum(kind, table), _scope_list(kind, table)
    )
    table.finish()
    return parameter


def _default(kind: ColumnType, table: Table) -> ParameterValue:
    value = table.value("default")
    if value is None:
        return None
    if kind is ColumnType.DECIMAL and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, bool | int | float | str) and _fits(kind, value):
        return value
    table.problem(f"the default is no {kind}; {_FORMS.get(kind, 'write it as its type')}", "default")
    return None


def _maximum(kind: ColumnType, table: Table) -> int | None:
    if "maximum" not in table:
        return None
    if kind is not ColumnType.INTEGER:
        table.problem("only an integer has a maximum; remove it", "maximum")
    return table.integer("maximum")


def _scope_list(kind: ColumnType, table: Table) -> str | None:
    if "scope_list" not in table:
        return None
    if kind is not ColumnType.TEXT or "default" in table:
        table.problem("only a text without a default names what is asked for; change it", "scope_list")
    return table.choice("scope_list", _ASKED_LISTS)


_FORMS = {
    ColumnType.TEXT: "write it in quotes",
    ColumnType.BOOLEAN: "write true or false",
    ColumnType.DATE: 'write it in quotes, as in "2026-07-01"',
    ColumnType.DATETIME: 'write it in quotes, as in "2026-07-01T09:00:00"',
}


def _fits(kind: ColumnType, value: bool | int | float | str) -> bool:
    match kind:
        case ColumnType.BOOLEAN:
            return isinstance(value, bool)
        case ColumnType.INTEGER | ColumnType.DURATION_MS:
            return isinstance(value, int) and not isinstance(value, bool)
        case ColumnType.DECIMAL:
            return isinstance(value, float)
        case ColumnType.DATE | ColumnType.DATETIME:
            return isinstance(value, str) and _is_time(kind, value)
        case _:
            return isinstance(value, str)


def _is_time(kind: ColumnType, text: str) -> bool:
    try:
        if kind is ColumnType.DATE:
            date.fromisoformat(text)
            return True
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _column(name: str, table: Table) -> Column:
    _check_name(name, table)
    if name == "flagged":
        table.problem("'flagged' is added to every result; rename the column")
    bar = "bar" in table and table.boolean("bar")
    column = Column(name, table.text("label"), ColumnType(table.choice("type", _TYPES)), table.text("help", ""), bar)
    if bar and column.type is not ColumnType.INTEGER:
        table.problem("only an integer can be drawn as a bar; drop 'bar'", "bar")
    table.finish()
    return column


def _check_name(name: str, table: Table) -> None:
    if not _NAME.fullmatch(name):
        table.problem(f"'{name}' is not snake_case; use a-z, 0-9 and _")


def _check_window(query: Query, table: Table) -> None:
    window = [parameter for parameter in query.parameters if parameter.is_window]
    if len(window) == 1:
        other = "until" if window[0].name == "since" else "since"
        table.problem(f"'{window[0].name}' without '{other}'; declare both", "parameters", window[0].name)
    if query.time is Time.PERIOD and not window:
        table.problem("a query of a period needs the parameters since and until; declare them", "time")
    for parameter in window:
        if parameter.type is not ColumnType.DATETIME:
            table.problem(f"'{parameter.name}' must be of type datetime", "parameters", parameter.name)
        if parameter.default is not None:
            table.problem(f"'{parameter.name}' comes from the window; remove its default", "parameters", parameter.name)


def _check_columns(query: Query, table: Table) -> None:
    names = {column.name: column for column in query.columns}
    if not names:
        table.problem("no columns; declare every column of the result", "columns")
    for name in query.key:
        if names and name not in names:
            table.problem(unknown("column", name, names), "key")
    flag = names.get("flag_reason")
    if flag and flag.type is not ColumnType.TEXT:
        table.problem("'flag_reason' must be of type text", "columns", "flag_reason")
    if flag and table.value("kind") == Kind.LISTING:  # as written: an unknown kind is noted already
        table.problem("a listing flags nothing; drop 'flag_reason' or change the kind", "columns", "flag_reason")


def _fill(name: str, query: Query, table: Table) -> str | None:
    """Fill the parameters in a capability's name with their defaults; None when that cannot be done."""
    defaults = {parameter.name: parameter.default for parameter in query.parameters}
    try:
        fields = [field for _, field, _, _ in Formatter().parse(name) if field is not None]
    except ValueError:
        table.problem(f"'{name}' has unmatched braces; write as in scope_{{scope}}", "requires")
        return None
    for field in fields:
        if not isinstance(defaults.get(field), str):
            table.problem(f"'{name}' needs a text parameter '{field}' with a default; declare it", "requires")
            return None
    return name.format_map(defaults)
