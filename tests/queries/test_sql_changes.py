from __future__ import annotations

from pathlib import Path

import pytest

from .seed import EDGES, Row, at, cells, edges, missing, refs, rows_of, seed


def ran(ref: str, kind: str | None, **columns: object) -> Row:
    return {"source_ref": ref, "statement_kind": kind, "sql_text": "...", **columns}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    statements = edges(statement_kind="DELETE", sql_text="DELETE FROM orders")
    assert refs(seed(tmp_path, statements=statements).run("sql_changes")) == EDGES


@pytest.mark.parametrize(
    ("kinds", "effect"),
    [
        (("DELETE", "INSERT", "MERGE", "TRUNCATE", "UPDATE"), "changes data"),
        (("ALTER", "CREATE", "DROP"), "changes structure"),
        (("GRANT",), "changes rights"),
        (("OTHER",), "may change something"),
    ],
)
def test_every_kind_that_changes_something_says_what(kinds: tuple[str, ...], effect: str, tmp_path: Path) -> None:
    rows = seed(tmp_path, statements=[ran(kind, kind) for kind in kinds]).run("sql_changes")
    assert [(row["source_ref"], row["effect"], row["flagged"]) for row in rows] == [
        (kind, effect, True) for kind in kinds
    ]


def test_what_only_reads_is_not_listed(tmp_path: Path) -> None:
    statements = [ran(f"query:{number}", kind) for number, kind in enumerate(("SELECT", "SHOW", "EXPLAIN", "SET"))]
    evidence = seed(tmp_path, statements=statements).evidence("sql_changes")
    assert (rows_of(evidence), evidence.rows, evidence.flagged, evidence.population) == ([], 0, 0, 4)


def test_a_text_that_was_not_parsed_is_listed_whatever_its_first_word(tmp_path: Path) -> None:
    statements = [
        ran("query:1", "SELECT", sql_text="SELEC 1", unread_reason="not understood as sqlite SQL"),
        ran("query:2", "DROP", sql_text="DROP TABLE t", unread_reason="nested too deeply to read"),
        ran("query:3", None, sql_text=None),
    ]
    rows = seed(tmp_path, statements=statements).run("sql_changes")
    assert [(row["source_ref"], row["effect"], row["flagged"]) for row in rows] == [
        ("query:1", "not parsed", True),
        ("query:2", "not parsed", True),
        ("query:3", "not parsed", True),
    ]


def test_a_row_says_who_changed_what_where_and_what_became_of_it(tmp_path: Path) -> None:
    statement = cells(
        occurred_at=at("08-12 09:30"),
        username="bob",
        database_name="Sales",
        statement_kind="DROP",
        status="failed",
        sql_text="DROP TABLE orders",
        source_ref="query:7",
    )
    assert seed(tmp_path, statements=[statement]).run("sql_changes") == [
        {**statement, "effect": "changes structure", "flagged": True}
    ]


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"query:3": "08-12 10:00", "query:2": "08-12 10:00", "query:9": "08-12 09:00"}
    statements = [ran(ref, "DROP", occurred_at=at(time)) for ref, time in times.items()]
    assert refs(seed(tmp_path, statements=statements).run("sql_changes")) == ("query:9", "query:2", "query:3")


def test_statements_pruned_from_the_window_leave_it_unproved(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sql_statements": [("08-12", "10-02")]})
    assert missing(seeded.evidence("sql_changes")) == {"sql_statements": [("07-01", "08-12")]}
