from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .seed import EDGES, Row, Seeded, at, cells, edges, missing, refs, rows_of, seed

PEOPLE = [{"user_id": number, "username": name} for number, name in enumerate(("alice", "bob", "carol"), start=1)]
GRANTS = [
    {"user_id": 1, "role_id": 1, "role": "Admin"},
    {"user_id": 1, "role_id": 2, "role": "Helpdesk", "via": "group:Ops"},
    {"user_id": 2, "role_id": 2, "role": "Helpdesk"},
    {"user_id": 3, "role_id": 3, "role": "Alpha"},
]
RIGHTS = [
    {"role_id": 2, "may": "reset the passwords of others", "reach": "security"},
    {"role_id": 2, "may": "see charts", "reach": "content"},
    {"role_id": 3, "may": "read every dataset", "reach": "data"},
]
CHANGE: Row = {"kind": "content_change", "verb": "update"}


def people(folder: Path, **relations: Any) -> Seeded:
    return seed(folder, accounts=PEOPLE, grants=GRANTS, entitlements=RIGHTS, **relations)


def test_what_holders_of_admin_and_of_roles_that_change_security_did_is_listed(tmp_path: Path) -> None:
    events = [{**CHANGE, "user_id": user_id} for user_id in (1, 2, 3, None)]
    evidence = people(tmp_path, events=events).evidence("privileged_activity")
    assert [(row["username"], row["roles"]) for row in rows_of(evidence)] == [
        ("alice", "Admin, Helpdesk"),
        ("bob", "Helpdesk"),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 0, 4)


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("access_change", True),
        ("data_request", True),
        ("export", True),
        ("log_read", True),
        ("refusal", True),
        ("sharing", True),
        ("sign_in", True),
        ("unmapped", True),
        ("view", True),
        ("browse", False),
        ("browser_report", False),
        ("heartbeat", False),
        ("page", False),
        ("scheduled_run", False),
    ],
)
def test_pages_lists_and_what_no_person_did_are_left_out(kind: str, listed: bool, tmp_path: Path) -> None:
    assert len(people(tmp_path, events=[{"kind": kind}]).run("privileged_activity")) == int(listed)


def test_a_statement_is_listed_once_as_the_table_of_statements_tells_it(tmp_path: Path) -> None:
    statement = cells(occurred_at=at("08-12 09:00"), event_outcome="failed", source_ref="query:7")
    statements = [{**statement, "statement_kind": "SELECT", "database_id": 2, "database_name": "Sales"}]
    rows = people(tmp_path, events=[{"kind": "statement"}], statements=statements).run("privileged_activity")
    assert rows == [
        {
            **statement,
            "username": "alice",
            "roles": "Admin, Helpdesk",
            "kind": "statement",
            "verb": "SELECT",
            "object_type": "database",
            "object_id": "2",
            "object_name": "Sales",
            "reported_by": "server",
            "flagged": False,
        }
    ]


def test_the_window_is_half_open_and_rows_come_in_order(tmp_path: Path) -> None:
    statements = [
        {"source_ref": "query:2", "occurred_at": at("08-12 09:00")},
        {"source_ref": "query:1", "occurred_at": at("08-12 09:00")},
        {"source_ref": "query:3", "occurred_at": at("10-01")},
    ]
    rows = people(tmp_path, events=edges(**CHANGE), statements=statements).run("privileged_activity")
    assert refs(rows) == (EDGES[0], "query:1", "query:2", EDGES[1])


def test_statements_and_the_log_are_missed_each_for_itself(tmp_path: Path) -> None:
    seeded = people(tmp_path, held={"log_rows": [("08-01", "10-02")], "sql_statements": []})
    gaps = {"log_rows": [("07-01", "08-01")], "sql_statements": [("07-01", "10-01")]}
    assert missing(seeded.evidence("privileged_activity")) == gaps
