"""The tables of Superset's metadata database that auditctl may read, column by column."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import pyarrow as pa

from auditctl.resources import bundled


class Stored(StrEnum):
    """How a value is stored in the source."""

    INTEGER = "integer"
    NUMBER = "number"
    """With or without a fraction."""
    BOOLEAN = "boolean"
    TEXT = "text"
    UTC = "utc"
    """Naive UTC time."""
    LOCAL = "local"
    """Naive time of the Superset server's own zone."""
    EPOCH_MS = "epoch_ms"
    """Milliseconds since 1970, UTC."""

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type it becomes; times are naive microseconds."""
        return _ARROW[self]


_ARROW = {
    Stored.INTEGER: pa.int64(),
    Stored.NUMBER: pa.float64(),
    Stored.BOOLEAN: pa.bool_(),
    Stored.TEXT: pa.string(),
    Stored.UTC: pa.timestamp("us"),
    Stored.LOCAL: pa.timestamp("us"),
    Stored.EPOCH_MS: pa.timestamp("us"),
}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its columns, its key, its time, and the text columns that may hold secrets."""

    name: str
    columns: Mapping[str, Stored]
    key: str | None
    time: str | None
    """The column that a window filters; None for small tables, which are read whole."""
    secret: tuple[str, ...]
    extended: tuple[str, ...] = ()
    """Those of the columns that no Superset has."""
    shown: tuple[str, ...] = ()
    """Those that no relation is made from, and only a row that is shown needs."""

    @property
    def related(self) -> tuple[str, ...]:
        """The columns that relations are made from, which a run reads; of the others it has NULL."""
        return tuple(name for name in self.columns if name not in self.shown)

    def schema(self) -> pa.Schema:
        """Return the Arrow schema of an extract: the columns and `unreadable`."""
        fields = [pa.field(name, stored.arrow) for name, stored in self.columns.items()]
        return pa.schema([*fields, pa.field("unreadable", pa.string())])


@cache
def table_specs() -> Mapping[str, TableSpec]:
    """Return every table that may be read, from `queries/relations/superset/tables.toml`."""
    path = bundled("queries") / "relations" / "superset" / "tables.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: TableSpec(
            name=name,
            columns={
                column: Stored(stored) for column, stored in (table["columns"] | table.get("extended", {})).items()
            },
            key=table.get("key"),
            time=table.get("time"),
            secret=tuple(table.get("secret", ())),
            extended=tuple(table.get("extended", ())),
            shown=tuple(table.get("shown", ())),
        )
        for name, table in tables.items()
    }
