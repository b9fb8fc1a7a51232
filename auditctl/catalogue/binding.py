"""A query bound in DuckDB against empty relations: what it returns, without running it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType

import duckdb

from auditctl.catalogue.functions import is_word
from auditctl.catalogue.model import ColumnType, Parameter, ParameterValue, Query, RelationSpec

_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
_FITTING = {
    "BIGINT": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"),
    "DOUBLE": ("DOUBLE", "FLOAT"),
}
_SAMPLES: Mapping[ColumnType, ParameterValue | datetime | date] = {
    ColumnType.INTEGER: 1,
    ColumnType.DURATION_MS: 1,
    ColumnType.DECIMAL: 1.0,
    ColumnType.BOOLEAN: True,
    ColumnType.DATE: date(2026, 1, 1),
    ColumnType.DATETIME: datetime(2026, 1, 1),  # noqa: DTZ001 - parameters are naive UTC in DuckDB
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """DuckDB cannot bind a statement: its first words on it, and the line of the statement that it names."""

    message: str
    line: int


class Binder:
    """A DuckDB in memory that holds every relation, empty, and may read nothing from outside."""

    def __init__(self, relations: Mapping[str, RelationSpec]) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "enable_external_access": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                "threads": 1,
            },
        )
        self._connection.execute("SET TimeZone='UTC'")
        for relation in relations.values():
            if relation.columns:
                self._connection.execute(relation.ddl())
        self._connection.execute("SET lock_configuration=true")

    def __enter__(self) -> Binder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def called(self, sql: str) -> list[str] | None:
        """Return the functions that a statement calls, as the engine itself reads it, in order; each once.

        Operators are functions too. None of what is no SELECT that can be looked into: `describe` refuses that.
        """
        try:
            (text,) = self._connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone() or ("",)
            tree = json.loads(text)
        except (duckdb.Error, ValueError, RecursionError):
            return None
        return None if tree["error"] else list(dict.fromkeys(_called(tree)))

    def describe(self, query: Query) -> list[tuple[str, str]] | Complaint:
        """Return the name and DuckDB type of every column that the query returns, or why there is no telling."""
        values = {parameter.name: _sample(parameter) for parameter in query.parameters}
        try:
            statements = self._connection.extract_statements(query.sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                return Complaint("DuckDB reads other than one SELECT in it", 1)
            rows = self._connection.execute(f"DESCRIBE {query.sql}", values).fetchall()
        except duckdb.Error as error:
            text = str(error)
            place = _LINE.search(text)
            return Complaint(text.splitlines()[0], int(place[1]) if place else 1)
        if self.called(query.sql) is None:
            return Complaint("what it calls cannot be told", 1)
        return [(str(row[0]), str(row[1])) for row in rows]

    @staticmethod
    def type_problem(declared: ColumnType, actual: str) -> str | None:
        """Return what to do when a column of DuckDB type `actual` cannot hold the declared type, else None."""
        if actual in _FITTING.get(declared.duckdb, (declared.duckdb,)):
            return None
        if actual == "TIMESTAMP WITH TIME ZONE":
            return "cast to TIMESTAMP"
        return f"write CAST(... AS {declared.duckdb})"


def _called(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(name := node.get("function_name"), str):
            yield name.lower()
        names = node.get("column_names")
        if isinstance(names, list) and len(names) == 1 and is_word(str(names[0])):
            yield str(names[0]).lower()
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _called(part)


def _sample(parameter: Parameter) -> ParameterValue | datetime | date:
    """Return a value of the parameter's type: binding needs one, and sees no more of it than the type."""
    return _SAMPLES.get(parameter.type, "")
