"""The same rows are the same file, in whatever batches they came."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditctl.population import row_groups
from auditctl.population.row_groups import RowGroups

SCHEMA = pa.schema([("id", pa.int64()), ("json", pa.string()), ("absent", pa.string())])
CELLS = st.none() | st.text(max_size=3) | st.integers(0, 300).map(lambda length: "x" * length)


def written(path: Path, cells: Sequence[str | None], cuts: Sequence[int]) -> bytes:
    """Return the file of these cells, which came in batches that end at `cuts`."""
    rows = pa.record_batch([range(len(cells)), cells, [None] * len(cells)], schema=SCHEMA)
    bounds = [0, *sorted(cut % (len(cells) + 1) for cut in cuts), len(cells)]
    with pq.ParquetWriter(path, SCHEMA) as writer:
        groups = RowGroups(writer)
        for first, last in pairwise(bounds):
            groups.add(rows.slice(first, last - first))
        groups.end()
    return path.read_bytes()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, max_size=40), st.lists(st.integers(0, 100), max_size=6))
def test_where_batches_end_does_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[str | None], cuts: list[int]
) -> None:
    monkeypatch.setattr(row_groups, "_GROUP", 400)
    assert written(tmp_path / "pieces", cells, cuts) == written(tmp_path / "whole", cells, [])
    assert pq.read_table(tmp_path / "pieces")["json"].to_pylist() == cells


def test_a_group_ends_with_the_row_that_makes_it_large_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "_GROUP", 400)
    # A row counts 64 bytes and its text: 164, 264 and 464 end the first group; 999 alone the second; 4 x 64 the last.
    written(tmp_path / "file", ["x" * 100, "y" * 36, "z" * 136, "a" * 999, None, "", None, None], [3])
    groups = pq.ParquetFile(tmp_path / "file").metadata
    assert [groups.row_group(at).num_rows for at in range(groups.num_row_groups)] == [3, 1, 4]


def test_a_table_without_rows_is_a_file_without_groups(tmp_path: Path) -> None:
    written(tmp_path / "file", [], [])
    assert pq.ParquetFile(tmp_path / "file").metadata.num_row_groups == 0
