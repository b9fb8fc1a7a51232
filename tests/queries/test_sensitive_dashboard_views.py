from __future__ import annotations

from pathlib import Path

from .seed import Row, at, edges, missing, refs, rows_of, seed

OUTSIDE = "not on the permitted list of this scope"


def view(ref: str, time: str = "08-12 09:00", **columns: object) -> Row:
    opened = {"kind": "view", "object_type": "dashboard", "object_id": "2", "object_name": "Census"}
    return {**opened, "source_ref": ref, "occurred_at": at(time), **columns}


def touch(*references: object, scope: str = "sensitive") -> list[Row]:
    return [{"source_ref": ref, "scope": scope} for ref in references]


def test_views_are_counted_per_account_and_dashboard_with_the_first_and_the_last(tmp_path: Path) -> None:
    events = [view("logs:9", "08-12 09:00"), view("logs:10", "08-13 09:00"), view("logs:3", "08-14", object_id="1")]
    events += [view("logs:4", "08-11", username="bob")]
    rows = seed(tmp_path, events=events, touches=touch(*refs(events))).run("sensitive_dashboard_views")
    assert [(row["object_id"], row["username"], row["views"]) for row in rows] == [
        ("1", "alice", 1),
        ("2", "alice", 2),
        ("2", "bob", 1),
    ]
    assert (rows[1]["first_at"], rows[1]["last_at"], rows[1]["last_ref"]) == (
        at("08-12 09:00"),
        at("08-13 09:00"),
        "logs:10",
    )


def test_only_views_in_the_window_count(tmp_path: Path) -> None:
    events = edges(kind="view", object_type="dashboard", object_id="2")
    (row,) = seed(tmp_path, events=events, touches=touch(*refs(events))).run("sensitive_dashboard_views")
    assert (row["views"], row["first_at"], row["last_ref"]) == (2, at("07-01"), "last")


def test_other_kinds_other_objects_and_other_scopes_do_not_count(tmp_path: Path) -> None:
    events = [view("logs:1"), view("logs:2", kind="page"), view("logs:3", object_type="chart"), view("logs:4")]
    touches = touch("logs:1", "logs:2", "logs:3") + touch("logs:4", scope="phi")
    seeded = seed(tmp_path, events=events, touches=touches)
    evidence = seeded.evidence("sensitive_dashboard_views")
    assert [(row["views"], row["last_ref"]) for row in rows_of(evidence)] == [(1, "logs:1")]
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 1)
    assert refs(seeded.run("sensitive_dashboard_views", scope="phi"), "last_ref") == ("logs:4",)


def test_who_is_on_the_list_in_any_letter_case_is_shown_and_who_is_not_is_an_item(tmp_path: Path) -> None:
    events = [view("logs:1", username="Alice"), view("logs:2", username="bob"), view("logs:3", username="unattributed")]
    permitted = [{"scope": "sensitive", "username": "aLICE"}, {"scope": "phi", "username": "bob"}]
    seeded = seed(tmp_path, events=events, touches=touch(*refs(events)), scope_permitted=permitted)
    rows = seeded.run("sensitive_dashboard_views")
    assert [(row["username"], row["flag_reason"], row["flagged"]) for row in rows] == [
        ("Alice", None, False),
        ("bob", OUTSIDE, True),
        ("unattributed", OUTSIDE, True),
    ]


def test_of_views_at_the_same_instant_the_last_reference_is_named(tmp_path: Path) -> None:
    events = [view("logs:3"), view("logs:2")]
    (row,) = seed(tmp_path, events=events, touches=touch(*refs(events))).run("sensitive_dashboard_views")
    assert row["last_ref"] == "logs:3"


def test_an_undeclared_scope_and_unlogged_views_are_missing(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"scope_sensitive": [], "dashboard_views": [("08-12", "10-02")]})
    gaps = {"dashboard_views": [("07-01", "08-12")], "scope_sensitive": [("07-01", "10-01")]}
    assert missing(seeded.evidence("sensitive_dashboard_views")) == gaps
