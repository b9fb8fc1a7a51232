from __future__ import annotations

from pathlib import Path

from .seed import EDGES, Row, edges, missing, refs, rows_of, seed

FORM: Row = {"kind": "export", "object_type": "chart"}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, events=edges(**FORM)).run("exports_not_placed")) == EDGES


def test_what_left_is_not_known_where_the_row_the_statement_or_the_object_does_not_say_it(tmp_path: Path) -> None:
    events: list[Row] = [
        {**FORM, "source_ref": "form"},
        {**FORM, "source_ref": "gone", "object_id": "9"},
        {**FORM, "source_ref": "known", "object_id": "1"},
        {**FORM, "source_ref": "several", "object_id": "1,9"},
        {"kind": "export", "object_type": "statement", "source_ref": "pruned"},
        {
            "kind": "export",
            "object_type": "statement",
            "source_ref": "read",
            "statement_ref": "query:1",
            "object_id": "1",
        },
        {
            "kind": "export",
            "object_type": "statement",
            "source_ref": "dark",
            "statement_ref": "query:2",
            "object_id": "2",
        },
    ]
    statements: list[Row] = [
        {"source_ref": "query:1", "sql_text": "SELECT a FROM t"},
        {"source_ref": "query:2", "sql_text": "not shown: too long <sql:0123456789>", "unread_reason": "too long"},
    ]
    objects: list[Row] = [{"object_type": "chart", "object_id": "1", "source_ref": "slices:1"}]
    evidence = seed(tmp_path, events=events, statements=statements, objects=objects).evidence("exports_not_placed")
    assert {row["source_ref"]: row["why"] for row in rows_of(evidence)} == {
        "form": "the row names nothing that was exported",
        "gone": "the object is gone",
        "pruned": "its statement is gone, or ran more than a week before the window",
        "dark": "its statement cannot be read",
    }
    assert evidence.flagged == 4


def test_reports_of_browsers_and_what_failed_are_left_out_and_so_is_what_is_no_export(tmp_path: Path) -> None:
    events: list[Row] = [
        {**FORM, "reported_by": "client"},
        {**FORM, "event_outcome": "failed"},
        {**FORM, "event_outcome": "refused"},
        {**FORM, "kind": "data_request"},
    ]
    evidence = seed(tmp_path, events=events).evidence("exports_not_placed")
    assert (evidence.rows, evidence.population) == (0, 0)


def test_exports_that_were_not_held_are_missing(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"exports": [("08-12", "10-02")]})
    assert missing(seeded.evidence("exports_not_placed")) == {"exports": [("07-01", "08-12")]}
