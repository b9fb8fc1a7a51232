from __future__ import annotations

from typing import Any

import pytest

from .made import Superset

DAY = "2026-07-01 10:00:00"
COLUMNS = "guest, guest_resources, guest_rules"


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (
            {
                "user": {"username": "ann"},
                "resources": [{"type": "dashboard", "id": "841f"}, {"type": "dashboard", "id": 3}],
                "rls": [{"clause": "a = 1"}, {"dataset": 1, "clause": "b = 2"}],
            },
            ("ann", "841f, 3", 2),
        ),
        ({"user": {}, "resources": [], "rls": []}, (None, None, 0)),
        ({"path": "/api/v1/security/guest_token/"}, (None, None, None)),
        ({"user": "ann", "resources": "841f", "rls": "none"}, (None, None, None)),
        ("{broken", (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_a_guest_token_says_for_whom_for_what_and_under_how_many_rules(
    payload: Any, says: tuple[object, ...], superset: Superset
) -> None:
    superset.log("guest_token", DAY, payload)
    assert superset.build("log_rows").rows(f"SELECT {COLUMNS} FROM log_rows") == [says]


def test_the_same_keys_on_another_action_are_a_clients_own(superset: Superset) -> None:
    payload = {"user": {"username": "ann"}, "resources": [{"id": 3}], "rls": [{}]}
    superset.log("DashboardRestApi.put", DAY, payload)
    assert superset.build("log_rows").rows(f"SELECT {COLUMNS} FROM log_rows") == [(None, None, None)]


def test_no_clause_of_a_rule_is_kept(superset: Superset) -> None:
    superset.log("guest_token", DAY, {"rls": [{"clause": "patient = 'CANARY'"}]})
    built = superset.build("events", "log_rows")
    for relation in built.population.relations:
        assert "CANARY" not in str(built.rows(f"SELECT * FROM {relation}"))
