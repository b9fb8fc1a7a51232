"""The typed result of one canned query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.model import Column, ParameterValue, Query
from auditctl.population.model import Gap


@dataclass(frozen=True, slots=True)
class Unmet:
    """A capability that is not held over the whole window, with the parts that are missing."""

    capability: str
    title: str
    answer: str
    """partial or no."""
    gaps: tuple[Gap, ...]
    reason: str
    remedy: str
    held_since: datetime | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a renderer gets: columns, and batches of Arrow, never all rows as Python objects."""

    columns: tuple[Column, ...]
    path: Path
    flagged_only: bool = False
    batch_rows: int = field(default=2_000)
    count: int | None = None
    """How many they are, where that is known."""
    csv: Path | None = None
    """A file that holds them as CSV already."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in the query's own order; columns as declared, then `flagged` (boolean)."""
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=self.batch_rows):
                yield batch.filter(batch.column("flagged")) if self.flagged_only else batch


@dataclass(frozen=True, slots=True)
class References:
    """Those rows of a result that name rows of one table of the source."""

    table: str
    """With the source's alias where there are several; `others` for references of another form."""
    rows: int
    lowest: int | None
    """The lowest key; of an act that is several rows the last one counts."""
    highest: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The control totals of one result."""

    counted: int
    """`count(*)` of the query, asked of the engine apart from its rows."""
    references: tuple[References, ...]
    """By table; empty where the rows do not name rows of the source."""
    time: Column | None
    """The column that the times are of; None where there is none."""
    first_at: datetime | None
    """Naive UTC, as in the rows."""
    last_at: datetime | None
    days: Mapping[date, int]
    """UTC day -> rows; a day without rows is left out."""
    people: int | None
    """Different user names; None where the rows name nobody."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The result of one query: its rows lie in a Parquet file, their declared columns and `flagged`."""

    name: str
    """What it is called in a pack: the query's id, or that with the parameters that a test sets."""
    query: Query
    parameters: Mapping[str, ParameterValue | datetime]
    columns: tuple[Column, ...]
    path: Path
    rows: int
    flagged: int
    """Exceptions of a deviation, items for review of an indicator, 0 of a listing."""
    population: int | None
    """Rows of the denominator: what was judged, or what a listing was filtered from; None where none is declared."""
    unmet: tuple[Unmet, ...]
    sha256: str
    """Over the typed rows in order, as the CSV that the pack holds: equal rows, equal hash, whatever the file."""
    state_at: datetime
    """When the state of the source was read that the rows are of, aware UTC."""
    event_outcomes: Mapping[str, int] = field(default_factory=dict)
    """Of acts: succeeded, failed, refused, attempted, unknown -> rows; empty where the query does not tell."""
    judged: bool = True
    """Whether there was all that rows have to be judged by; without it none is flagged."""
    totals: Totals | None = None
    """The control totals; None where nobody asked for them."""

    def flags(self) -> Iterator[tuple[str, str | None]]:
        """Yield what names each flagged row, in order (see `row_names`), and its reason where the query gives one."""
        for batch in self.flagged_rows().batches():
            names = row_names(self.query, batch)
            reasons = batch.column("flag_reason").to_pylist() if self.query.declares_flag else [None] * len(names)
            yield from zip(names, reasons, strict=True)

    def all_rows(self) -> Rows:
        """Return every row."""
        return Rows(self.columns, self.path, count=self.rows, csv=csv_beside(self.path))

    def flagged_rows(self) -> Rows:
        """Return the flagged rows alone."""
        csv = csv_beside(self.path) if self.flagged == self.rows else None
        return Rows(self.columns, self.path, flagged_only=True, count=self.flagged, csv=csv)


def csv_beside(path: Path) -> Path:
    """Return where all rows of a Parquet file of evidence lie as CSV."""
    return path.with_suffix(".csv")


def row_names(query: Query, batch: pa.RecordBatch) -> list[str]:
    """Return what people name each row by: its source_ref, or else the values of the query's key."""
    keys = zip(*(batch.column(name).to_pylist() for name in query.key), strict=True)
    names = [" ".join("" if value is None else str(value) for value in key) for key in keys]
    if "source_ref" not in batch.schema.names:
        return names
    return [ref or name for ref, name in zip(batch.column("source_ref").to_pylist(), names, strict=True)]
