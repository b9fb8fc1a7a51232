"""Batches of any size written as row groups that only the rows decide: the same rows are the same file."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_GROUP: Final = 8_000_000
"""Bytes of text with which a row group ends."""
_ROW: Final = 64
"""Bytes that a row counts beside its text, so that rows without any end a group too."""


class RowGroups:
    """Writes a row group whenever the rows since the last one are large enough."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._held: list[pa.RecordBatch] = []
        self._size = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Write what became a whole group, and hold the rest."""
        reached = _sizes(batch)
        first, before = 0, 0
        while first < batch.num_rows:
            last = bisect_left(reached, before + _GROUP - self._size)
            rows = batch.slice(first, last + 1 - first)
            self._held.append(rows)
            first += rows.num_rows
            self._size += reached[first - 1] - before
            before = reached[first - 1]
            if self._size >= _GROUP:
                self.end()

    def end(self) -> None:
        """Write what is held."""
        if self._held:
            # In one piece, because pages end where pieces do.
            group = pa.Table.from_batches(self._held).combine_chunks()
            self._writer.write_table(group, row_group_size=group.num_rows)
        self._held, self._size = [], 0


def _sizes(batch: pa.RecordBatch) -> list[int]:
    """Return the bytes of the rows up to each."""
    size = pa.repeat(pa.scalar(_ROW, pa.int64()), batch.num_rows)
    for column in batch.columns:
        if pa.types.is_string(column.type) and column.null_count < len(column):
            size = pc.add(size, pc.fill_null(pc.binary_length(column), 0))
    reached: list[int] = pc.cumulative_sum(size).to_pylist()
    return reached
