"""auditctl computes the hashes that the recorder wrote, whatever database they went through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from superset_audit_recorder import table
from superset_audit_recorder.chain import Head, link
from superset_audit_recorder.sinks.database import DatabaseSink

from auditctl.source.chain import HASHED, check_chains, read_chains
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.databases.opened import as_given

from .stores import Store
from .test_database import FAILED, REFUSED, STATEMENT, uri

ACTS = [FAILED, STATEMENT, REFUSED]


def test_what_the_recorder_wrote_is_whole_on_every_database(store: Store, tmp_path: Path) -> None:
    sink = DatabaseSink(uri(store.writer))
    sink.deliver(ACTS)
    sink.deliver(ACTS)
    source = open_source(as_given(store.reader), Options(), tmp_path)
    try:
        found = check_chains(read_chains(source))
    finally:
        source.close()
    assert (found.rows, found.problems) == (6, ())
    assert {name: head.seq for name, head in found.heads.items()} == {sink._head.writer_id: 6}
    assert [head.row_hash for head in found.heads.values()] == [sink._head.row_hash]


def test_both_hash_the_same_columns() -> None:
    assert sorted(table.HASHED) == sorted(HASHED)


def chained() -> list[dict[str, Any]]:
    rows, _ = link([table.row_of(act) for act in ACTS], Head("w"))
    return [{**row, "id": number, "unreadable": None} for number, row in enumerate(rows, start=1)]


@pytest.mark.parametrize("column", sorted({*HASHED} - {"seq", "writer_id"}))
def test_a_change_of_any_column_is_found(column: str) -> None:
    rows = chained()
    assert check_chains(rows).problems == ()
    rows[1][column] = "7" if rows[1][column] != "7" else "8"
    assert "logs:2 (row 2 of writer w) was changed" in check_chains(rows).problems


def test_a_row_without_writer_or_number_belongs_to_no_chain() -> None:
    rows = chained()
    stranger = {**rows[0], "id": 9, "writer_id": None}
    assert check_chains([*rows, stranger]).problems == ("logs:9 belongs to no chain",)


def test_a_missing_first_row_is_named() -> None:
    assert check_chains(chained()[1:]).problems == ("row 1 is missing before logs:2, of writer w",)
