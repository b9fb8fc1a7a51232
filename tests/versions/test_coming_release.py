"""Rows of sign-ins and access changes that no released Superset writes: read with care, whatever their payload is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fixture.built import Built

from .conftest import logged

# Account 2 is alice; an account 99 is not there any more; ghost never had one.
SHAPES = [
    pytest.param(2, "{}", "alice", id="an account and no payload"),
    pytest.param(2, '{"name": "Alice Analyst"}', "alice", id="an account, and another name for it"),
    pytest.param(None, '{"username": "ghost", "email": "g@example.com"}', "ghost", id="username"),
    pytest.param(None, '{"user_name": "ghost", "name": "A Ghost"}', "ghost", id="user_name"),
    pytest.param(None, '{"email": "g@example.com", "name": "ghost"}', "ghost", id="name before email"),
    pytest.param(None, '{"email": "g@example.com"}', "g@example.com", id="email"),
    pytest.param(None, '{"who": "ghost"}', "unattributed", id="a key that is not known"),
    pytest.param(None, '["ghost"]', "unattributed", id="a list"),
    pytest.param(None, "not JSON", "unattributed", id="no JSON"),
    pytest.param(99, '{"path": "/login/"}', "account 99 (gone)", id="an account that is gone"),
]


@pytest.mark.parametrize(("user_id", "payload", "username"), SHAPES)
def test_a_sign_in_names_its_account_by_id_else_by_the_first_key_that_is_known(
    changed: Callable[..., Built], user_id: int | None, payload: str, username: str
) -> None:
    built = changed("6.1.0", logged("UserLoginFailed", "2026-11-10 08:00:00", payload, user_id))
    found = built.rows("SELECT username, event_outcome, reported_by FROM sign_ins")
    assert found == [(username, "failed", "server")]
    assert built.rows("SELECT username, event_outcome FROM events WHERE kind = 'sign_in'") == [(username, "failed")]


@pytest.mark.parametrize(
    ("action", "capability"),
    [
        ("UserLoggedIn", "sign_in_successes"),
        ("UserLoginFailed", "sign_in_failures"),
        ("RoleUpdated", "access_changes"),
    ],
)
def test_what_rests_on_such_rows_says_that_their_shape_was_not_measured(
    changed: Callable[..., Built], action: str, capability: str
) -> None:
    built = changed("6.1.0", logged(action, "2026-11-21 08:00:00", '{"id": 2}'))
    (held,) = built.population.capabilities[capability].held
    assert held.reason.endswith("row shape not measured (no released Superset writes it)")


@pytest.mark.parametrize("recorder", ["", ', "recorder": "1"'])
def test_what_a_sign_in_form_says_does_not_turn_a_failure_into_a_success(
    changed: Callable[..., Built], recorder: str
) -> None:
    form = f'{{"username": "alice", "event_outcome": "succeeded"{recorder}}}'
    built = changed("6.1.0", logged("UserLoginFailed", "2026-11-10 08:00:00", form))
    assert built.rows("SELECT event_outcome FROM sign_ins") == [("failed",)]
    assert built.rows("SELECT event_outcome FROM events WHERE kind = 'sign_in'") == [("failed",)]


def test_a_change_of_access_is_an_act_of_its_account_and_not_of_the_account_it_names(
    changed: Callable[..., Built],
) -> None:
    built = changed("6.1.0", logged("UserCreated", "2026-11-10 08:00:00", '{"username": "newcomer"}', 1))
    rows = built.rows("SELECT username, kind, verb, event_outcome FROM events WHERE action = 'UserCreated'")
    assert rows == [("admin", "access_change", "create", "succeeded")]
