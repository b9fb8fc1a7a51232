"""Which ticket is for a change, and whether it covers it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditctl.settings import Inputs

from .made import ADMIN, ALICE, BOB, SETTINGS, Built, Superset

HEADER = "ticket,approved_by,approved_on,username,email,object,valid_from,valid_until\n"
AT = "2026-08-12 09:00:00.000000"


OF_THE_LOG = "SELECT source_ref, ticket, problem FROM approvals WHERE source_ref LIKE 'logs:%' ORDER BY source_ref"


def given(superset: Superset, *lines: str) -> Built:
    path = superset.folder / "tickets.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return superset.build("events", "approvals", settings=replace(SETTINGS, inputs=Inputs(tickets=path)))


def change(superset: Superset, *, user_id: int | None = ALICE, dashboard: int = 1) -> str:
    """Log a change of a dashboard on 12 August 2026 and return its row."""
    payload = {"path": f"/api/v1/dashboard/{dashboard}", "pk": str(dashboard)}
    return f"logs:{superset.log('DashboardRestApi.put', AT, payload, user_id=user_id)}"


@pytest.mark.parametrize(
    ("ticket", "problem"),
    [
        ("C,ute,2026-08-12,alice,,dashboard:1,2026-08-12,2026-08-12", None),
        ("C,ute,2026-08-01,ALICE,,,,", None),
        ("C,ute,2026-08-01,,alice@example.com,,,", None),
        ("C,ute,2026-08-01,,,Dashboard: 1,,", None),
        ("C,ute,2026-08-01,,,PATIENT CENSUS,,", None),
        ("C,ute,2026-08-01,,,dashboard:Patient Census,,", None),
        ("C,ute,2026-08-01,,,chart:Patient Census,,", "none"),
        ("C,ute,2026-08-01,,,sales:Patient Census,,", "none"),
        ("C,ute,2026-08-01,,,dashboard:2,,", "none"),
        ("C,ute,2026-08-01,,,chart:1,,", "none"),
        ("C,ute,2026-08-01,bob,,dashboard:1,,", "none"),
        ("C,ute,2026-08-01,ghost,,dashboard:1,,", "none"),
        ("C,ute,2026-08-01,alice,,,2026-08-13,", "its day is not one of those that the ticket is for"),
        ("C,ute,2026-08-01,alice,,,,2026-08-11", "its day is not one of those that the ticket is for"),
        ("C,ute,2026-08-13,alice,,,2026-08-01,", "approved afterwards"),
        ("C,Alice,2026-08-01,,,dashboard:1,,", "approved by the one who made the change"),
        ("C,alicia analyst,2026-08-01,,,dashboard:1,,", "approved by the one who made the change"),
        ("C,ALICE@example.com,2026-08-01,alice,,,,", "approved by the one who made the change"),
    ],
)
def test_a_ticket_is_for_a_change_by_account_object_day_and_approval(
    superset: Superset, ticket: str, problem: str | None
) -> None:
    row = change(superset)
    found = given(superset, ticket).rows(OF_THE_LOG)
    assert found == ([] if problem == "none" else [(row, "C", problem)])


def test_of_several_tickets_the_one_that_covers_the_change_counts(superset: Superset) -> None:
    row = change(superset)
    found = given(
        superset,
        "A,ute,2026-08-13,alice,,,,",
        "B,alice,2026-08-01,alice,,,,",
        "C,ute,2026-08-01,alice,,dashboard:1,,",
        "D,ute,2026-08-01,,,dashboard:1,,",
    ).rows(OF_THE_LOG)
    assert found == [(row, "C", None)]


def test_a_change_by_nobody_known_is_covered_by_its_object_alone(superset: Superset) -> None:
    row = change(superset, user_id=None)
    found = given(superset, "A,ute,2026-08-01,alice,,,,", "B,ute,2026-08-01,,,dashboard:1,,")
    assert found.rows(OF_THE_LOG) == [(row, "B", None)]


def test_a_ticket_for_a_new_account_names_that_account_and_not_who_made_it(superset: Superset) -> None:
    # The accounts 2 to 6 of the fixture were made by admin on 24 November 2026.
    found = given(
        superset,
        "A,ute,2026-11-20,admin,,,,",
        "B,ute,2026-11-20,bob,,,,",
        "C,admin,2026-11-20,carol,,,,",
        "D,dave,2026-11-20,dave,,,,",
        "E,ute,2026-11-25,erin,,,,",
    ).rows("SELECT source_ref, ticket, problem FROM approvals")
    assert found == [
        ("ab_user:1", "A", None),
        ("ab_user:3", "B", None),
        ("ab_user:4", "C", "approved by the one who made the change"),
        ("ab_user:5", "D", "approved by the one whose access it is"),
        ("ab_user:6", "E", "approved afterwards"),
    ]


def test_a_change_of_an_account_is_approved_for_it_and_of_a_role_for_who_makes_it(superset: Superset) -> None:
    def changed(kind: str, target: int) -> str:
        payload = {"recorder": 1, "target_type": kind, "target_id": target, "changes": {}}
        return f"logs:{superset.log(f'{kind.title()}Updated', AT, payload, user_id=ADMIN)}"

    account, role = changed("user", BOB), changed("role", 3)
    found = given(superset, "A,ute,2026-08-01,bob,,,,2026-08-31", "B,ute,2026-08-01,admin,,,,2026-08-31")
    assert found.rows(OF_THE_LOG) == [(account, "A", None), (role, "B", None)]


@pytest.mark.parametrize(
    ("title", "named", "covered"),
    [
        ("dashboard:2", "dashboard:2", False),  # a title that reads as another dashboard's id
        ("2", "dashboard:2", False),
        ("2", "2", True),
        ("chart:sales", "chart:sales", False),
        ("Sales: Q3", "sales: q3", True),
        ("Sales: Q3", "dashboard:sales: q3", True),
    ],
)
def test_a_title_stands_for_no_type_and_no_id(superset: Superset, title: str, named: str, covered: bool) -> None:
    superset.sql(f"UPDATE dashboards SET dashboard_title = '{title}' WHERE id = 1")
    row = change(superset)
    assert given(superset, f"C,ute,2026-08-01,,,{named},,").rows(OF_THE_LOG) == ([(row, "C", None)] if covered else [])


def test_of_tickets_that_cover_a_change_the_one_that_names_most_counts(superset: Superset) -> None:
    first, second, third = change(superset), change(superset, dashboard=2), change(superset, dashboard=4)
    found = given(
        superset,
        "A,ute,2026-08-01,alice,,,,",
        "B,ute,2026-08-01,,,dashboard:1,,2026-08-31",
        "C,ute,2026-08-01,alice,,dashboard:2,,",
        "D,ute,2026-08-01,,,dashboard:2,,",
    ).rows("SELECT source_ref, ticket, names FROM approvals WHERE source_ref LIKE 'logs:%' ORDER BY source_ref")
    assert found == [
        (first, "B", "object"),
        (second, "C", "account and object, no last day"),
        (third, "A", "account, no object, no last day"),
    ]


def test_how_many_changes_rest_on_lines_without_an_object_is_noted(superset: Superset) -> None:
    for dashboard in (1, 2, 4):
        change(superset, dashboard=dashboard)
    change(superset, user_id=BOB)  # no line is for it
    superset.log("DashboardRestApi.put", "2025-12-31 23:59:59.000000", {"pk": "2"})  # before the window
    payload = {"recorder": 1, "target_type": "user", "target_id": 7, "target_name": "gina", "changes": {}}
    superset.log("UserCreated", AT, payload, user_id=ALICE)  # an account that alice is not
    # Dashboard 1 has a ticket of its own. On A rest dashboards 2 and 4, and alice's account, made on 24 November.
    (file,) = given(
        superset,
        "A,ute,2025-12-01,alice,,,,",
        "B,ute,2026-08-01,carol,,,,2026-08-31",
        "C,ute,2026-08-01,,,dashboard:1,,",
    ).population.inputs
    assert file.note == "2 of 3 lines without an object, 1 of them without a last day; 3 changes rest on them"


def test_an_account_that_the_log_saw_made_is_one_change_that_rests_on_its_ticket(superset: Superset) -> None:
    payload = {"recorder": 1, "target_type": "user", "target_id": BOB, "target_name": "bob", "changes": {}}
    superset.log("UserCreated", "2026-11-24 02:00:00.000000", payload, user_id=ADMIN)
    refused = {**payload, "event_outcome": "failed"}
    superset.log("UserUpdated", "2026-11-24 03:00:00.000000", refused, user_id=ADMIN)
    (file,) = given(superset, "A,ute,2026-11-20,bob,,,,").population.inputs
    assert file.note == "1 of 1 lines without an object, 1 of them without a last day; 1 change rests on them"


def test_where_every_line_names_its_object_there_is_nothing_to_note(superset: Superset) -> None:
    change(superset)
    (file,) = given(superset, "C,ute,2026-08-01,,,dashboard:1,,").population.inputs
    assert file.note == ""
