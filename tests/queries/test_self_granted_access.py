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
    ("event", "members", "own"),
    [
        (OWN, item("roles", "Admin"), True),
        (OWN, item("groups", "Ops"), True),
        (GROUP, item("users", "alice"), True),
        (ROLE, item("users", "alice"), True),
        (ROLE, item("users", "ALICE"), True),
        ({**OWN, "event_outcome": "attempted"}, item("roles", "Admin"), True),
        ({**OWN, "object_id": "2"}, item("roles", "Admin"), False),
        (GROUP, item("users", "bob"), False),
    ],
)
def test_what_an_account_added_to_itself_is_an_exception(event: Row, members: Row, own: bool, tmp_path: Path) -> None:
    events = [{"source_ref": "events:1", **event}]
    evidence = seed(tmp_path, events=events, access_change_items=[members]).evidence("self_granted_access")
    assert (evidence.rows, evidence.flagged, evidence.population) == (int(own), int(own), 1)


@pytest.mark.parametrize(
    ("event", "members"),
    [
        (OWN, item("users", "alice")),
        (OWN, item("emails", "Admin")),
        (OWN, item("roles", "Admin", "removed")),
        ({**OWN, "user_id": None}, item("roles", "Admin")),
        (GROUP, item("users", "alice", "removed")),
        # Account 1 changed the group or the role whose id is 1 as well.
        (GROUP, item("roles", "Admin")),
        (ROLE, item("permissions", "alice")),
        ({**GROUP, "object_type": "rls_rule"}, item("users", "alice")),
        ({**GROUP, "username": "unattributed", "attributed": False}, item("users", "alice")),
        ({**OWN, "event_outcome": "failed"}, item("roles", "Admin")),
        ({**OWN, "event_outcome": "refused"}, item("roles", "Admin")),
        (OWN, item("roles", "Admin", ref="events:2")),
    ],
)
def test_what_gives_no_role_and_no_membership_is_not_judged(event: Row, members: Row, tmp_path: Path) -> None:
    events = [{"source_ref": "events:1", **event}]
    evidence = seed(tmp_path, events=events, access_change_items=[members]).evidence("self_granted_access")
    assert (evidence.rows, evidence.population) == (0, 0)


@pytest.mark.parametrize(
    ("account", "row", "own"),
    [
        # The account is called alice.new now, and the recorder wrote who it was then.
        ("alice.new", {"recorder": True, "stated_username": "Alice"}, True),
        # Only on the recorder's rows is that the server's word.
        ("alice.new", {"recorder": False, "stated_username": "Alice"}, False),
        # An extended log has the name of then; the group has the name of now.
        ("alice", {"recorder": True, "stated_username": "alice.old"}, True),
        ("alice.new", {"recorder": True, "stated_username": "alice.old"}, False),
    ],
)
def test_a_renamed_account_is_known_by_its_name_of_then_and_of_now(
    account: str, row: Row, own: bool, tmp_path: Path
) -> None:
    seeded = seed(
        tmp_path,
        events=[{**GROUP, "source_ref": "logs:7", "username": "al"}],
        access_change_items=[item("users", "alice", ref="logs:7")],
        log_rows=[{"id": 7, **row}],
        accounts=[{"user_id": 1, "username": account}],
    )
    assert bool(seeded.run("self_granted_access")) is own


def test_what_a_gone_account_gave_to_itself_is_known_by_the_name_of_then(tmp_path: Path) -> None:
    seeded = seed(
        tmp_path,
        events=[{**ROLE, "source_ref": "logs:7", "user_id": None, "username": "unattributed", "attributed": False}],
        access_change_items=[item("users", "alice", ref="logs:7")],
        log_rows=[{"id": 7, "recorder": True, "stated_username": "alice"}],
    )
    assert refs(seeded.run("self_granted_access")) == ("logs:7",)


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
