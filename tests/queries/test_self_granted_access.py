from __future__ import annotations

from pathlib import Path

import pytest

from .seed import EDGES, Row, at, cells, edges, missing, refs, rows_of, seed

OWN: Row = {"kind": "access_change", "object_type": "account", "object_id": "1"}
GROUP: Row = {"kind": "access_change", "object_type": "group", "object_id": "1"}
ROLE: Row = {**GROUP, "object_type": "role"}


def item(field: str, name: str, change: str = "added", ref: str = "events:1") -> Row:
    return {"source_ref": ref, "field": field, "change": change, "item": name}


@pytest.mark.parametrize(
    ("event", "members", "added"),
    [
        (OWN, item("roles", "Admin"), True),
        (OWN, item("groups", "Ops"), True),
        (OWN, item("users", "alice"), False),
        (OWN, item("emails", "Admin"), False),
        (OWN, item("roles", "Admin", "removed"), False),
        ({**OWN, "object_id": "2"}, item("roles", "Admin"), False),
        ({**OWN, "user_id": None}, item("roles", "Admin"), False),
        (GROUP, item("users", "alice"), True),
        (ROLE, item("users", "alice"), True),
        (GROUP, item("users", "bob"), False),
        (GROUP, item("users", "alice", "removed"), False),
        # Account 1 changed the group or the role whose id is 1 as well.
        (GROUP, item("roles", "Admin"), False),
        (ROLE, item("permissions", "alice"), False),
        ({**GROUP, "object_type": "rls_rule"}, item("users", "alice"), False),
        ({**OWN, "event_outcome": "failed"}, item("roles", "Admin"), False),
        ({**OWN, "event_outcome": "refused"}, item("roles", "Admin"), False),
        ({**OWN, "event_outcome": "attempted"}, item("roles", "Admin"), True),
        (OWN, item("roles", "Admin", ref="events:2"), False),
    ],
)
def test_what_an_account_added_to_itself_is_an_exception(event: Row, members: Row, added: bool, tmp_path: Path) -> None:
    events = [{"source_ref": "events:1", **event}]
    evidence = seed(tmp_path, events=events, access_change_items=[members]).evidence("self_granted_access")
    assert (evidence.rows, evidence.flagged, evidence.population) == (int(added), int(added), 1)


def test_the_window_is_half_open(tmp_path: Path) -> None:
    events = edges(**OWN)
    items = [item("roles", "Admin", ref=str(event["source_ref"])) for event in events]
    assert refs(seed(tmp_path, events=events, access_change_items=items).run("self_granted_access")) == EDGES


def test_each_thing_added_is_a_row_in_order(tmp_path: Path) -> None:
    events = [
        {**OWN, "source_ref": "logs:3", "occurred_at": at("08-12 10:00"), "object_name": "alice"},
        {**OWN, "source_ref": "logs:2", "occurred_at": at("08-12 10:00"), "object_name": "alice"},
        {**GROUP, "source_ref": "logs:9", "occurred_at": at("08-12 09:00"), "object_name": "Ops"},
    ]
    items = [item("roles", name, ref="logs:3") for name in ("Alpha", "Admin")]
    items += [item("groups", "Ops", ref="logs:3"), item("roles", "Admin", ref="logs:2")]
    items += [item("users", "alice", ref="logs:9")]
    rows = rows_of(seed(tmp_path, events=events, access_change_items=items).evidence("self_granted_access"))
    assert [(row["source_ref"], row["field"], row["item"]) for row in rows] == [
        ("logs:9", "users", "alice"),
        ("logs:2", "roles", "Admin"),
        ("logs:3", "groups", "Ops"),
        ("logs:3", "roles", "Admin"),
        ("logs:3", "roles", "Alpha"),
    ]
    assert rows[0] == cells(
        occurred_at=at("08-12 09:00"),
        username="alice",
        object_type="group",
        object_name="Ops",
        field="users",
        item="alice",
        event_outcome="succeeded",
        source_ref="logs:9",
        flagged=True,
    )


def test_without_the_state_before_and_after_nothing_can_be_said(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"access_changes": [("09-01", "10-02")], "access_change_details": []})
    assert missing(seeded.evidence("self_granted_access")) == {
        "access_changes": [("07-01", "09-01")],
        "access_change_details": [("07-01", "10-01")],
    }
