"""Copy the tables that a run needs into private Parquet, and prove each count at the same read point."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditctl.population.model import MOST_LISTED, TableExtract, UnreadableRow
from auditctl.population.row_groups import RowGroups
from auditctl.population.secrets import replace_secrets
from auditctl.source.interface import Issued, LogSummary, Source, Window
from auditctl.source.tables import Stored, TableSpec
from auditctl.workspace import reporting

_AHEAD = 2
"""Batches that may wait to be written while the next is read."""


def extract_tables(
    source: Source,
    specs: Iterable[TableSpec],
    window: Window,
    raw: Path,
    on_rows: Callable[[int], object] = lambda _: None,
    summary: LogSummary | None = None,
    within: str = "",
) -> tuple[list[TableExtract], Counter[str]]:
    """Write one Parquet file per table into `raw`; big tables for `window`, small ones whole.

    `on_rows` hears how many rows each batch had. With a `summary` of the same window the log is read only where that
    found its rows, and has to have as many: it is not scanned again to be counted. `within` stands before the names of
    tables and files, so that those of two sources are two.

    Returns:
        The extracts with their proofs, and `table.column` -> cells in which a secret was replaced.

    Raises:
        SourceError: the source failed midway.
    """
    redactions: Counter[str] = Counter()
    extracts = []
    for spec in specs:
        where, counted = replace(window, keys=None, actions=None) if spec.time else None, None
        if spec.name == "logs":
            where = window
            if summary is not None:
                where, counted = replace(window, keys=summary.keys), summary.within
        extracts.append(_extract(source, spec, where, counted, raw, redactions, on_rows, within))
    return extracts, redactions


def write_log_summary(source: Source, path: Path, window: Window, within: str = "") -> tuple[TableExtract, LogSummary]:
    """Write rows of `logs` per account, day and action; over all time, where the window has no keys.

    `within` stands before the name of the table.
    """
    summary = source.log_summary(window)
    with reporting(path):
        pq.write_table(summary.rows, path, compression="zstd")
    first, last = pc.min(summary.rows["first_at"]).as_py(), pc.max(summary.rows["last_at"]).as_py()
    reach = "over all time" if window.keys is None else "around the window and the oldest"
    extract = TableExtract(
        source_id=source.facts.source_id,
        name=f"{within}logs, {reach}",
        rows=pc.sum(summary.rows["rows"]).as_py() or 0,
        counted=summary.whole.counted,
        unreadable=0,
        sha256=file_sha256(path),
        min_id=summary.whole.lowest,
        max_id=summary.whole.highest,
        min_at=_aware(first),
        max_at=_aware(last),
        sql="-- grouped by account, UTC day and action",
        counting_sql=summary.whole.counting_sql,
    )
    return extract, summary


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _extract(
    source: Source,
    spec: TableSpec,
    window: Window | None,
    counted: Issued | None,
    raw: Path,
    redactions: Counter[str],
    on_rows: Callable[[int], object],
    within: str,
) -> TableExtract:
    name = within + spec.name
    path = raw / f"{name}.parquet"
    # Keys, times and payloads are hardly alike twice: a dictionary of them costs time, and saves no room.
    named = [column for column, stored in spec.columns.items() if stored is Stored.TEXT and column not in spec.secret]
    options: dict[str, Any] = {"compression": "zstd", "use_dictionary": named}
    with (
        reporting(path),
        pq.ParquetWriter(path, spec.schema(), **options) as writer,
        ThreadPoolExecutor(1) as worker,
    ):
        sink = _Sink(spec, name, writer, redactions)
        written: deque[Future[None]] = deque()
        # The next rows are read while these are searched and written; the connection stays in this thread.
        for batch in source.extract(spec, spec.related, window):
            written.append(worker.submit(sink.add, batch))
            on_rows(batch.num_rows)
            if len(written) > _AHEAD:
                written.popleft().result()
        for one in written:
            one.result()
        sink.end()
    issued = counted or source.count(spec, window)
    return TableExtract(
        source_id=source.facts.source_id,
        name=name,
        rows=sink.rows,
        counted=issued.counted,
        unreadable=sink.unreadable,
        sha256=file_sha256(path),
        min_id=min(sink.ids, default=None),
        max_id=max(sink.ids, default=None),
        min_at=_aware(min(sink.times, default=None)),
        max_at=_aware(max(sink.times, default=None)),
        sql=source.extraction(spec, spec.related, window),
        counting_sql=issued.counting_sql,
        unreadable_rows=tuple(sink.listed),
    )


class _Sink:
    """Replaces secrets and writes, batch by batch, and keeps count."""

    def __init__(self, spec: TableSpec, name: str, writer: pq.ParquetWriter, redactions: Counter[str]) -> None:
        self._spec = spec
        self._name = name
        self._groups = RowGroups(writer)
        self._redactions = redactions
        self.rows = 0
        self.unreadable = 0
        self.listed: list[UnreadableRow] = []
        self.ids: list[int] = []
        self.times: list[datetime] = []

    def add(self, batch: pa.RecordBatch) -> None:
        clean, replaced = replace_secrets(batch, self._spec.secret)
        self._groups.add(clean)
        self._redactions.update({f"{self._name}.{column}": cells for column, cells in replaced.items() if cells})
        self.rows += clean.num_rows
        if clean.column("unreadable").null_count < clean.num_rows:
            self._list(clean)
        self.ids += _bounds(clean, self._spec.key)
        self.times += _bounds(clean, self._spec.time)

    def _list(self, batch: pa.RecordBatch) -> None:
        bad = batch.filter(batch.column("unreadable").is_valid())
        self.unreadable += bad.num_rows
        first = bad.slice(0, MOST_LISTED - len(self.listed))
        keys = first.column(self._spec.key).to_pylist() if self._spec.key else [None] * first.num_rows
        for key, reason in zip(keys, first.column("unreadable").to_pylist(), strict=True):
            self.listed.append(UnreadableRow(self._name if key is None else f"{self._name}:{key}", reason))

    def end(self) -> None:
        self._groups.end()


def _bounds(batch: pa.RecordBatch, column: str | None) -> list[Any]:
    if column is None:
        return []
    bounds: Mapping[str, Any] = pc.min_max(batch.column(column)).as_py()
    return [value for value in bounds.values() if value is not None]


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
