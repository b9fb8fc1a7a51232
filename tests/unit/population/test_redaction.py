"""Error messages and payloads follow the policy: no value of the audited data is left in them."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.population.payload import redact_changes, redact_payload
from auditctl.text import SqlText
from tests.redaction import REDACTION, KnownRedaction, marker

HASH, FULL = KnownRedaction(SqlText.HASH), KnownRedaction(SqlText.FULL)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('column "E11" does not exist', f"column {marker('text', 'E11')} does not exist"),
        ("near 'Alice' AND b = 'it''s'' at line 3", "near " + marker("text", "Alice' AND b = 'it''s'") + " at line 3"),
        ("Key (ssn)=(123-45-6789) already exists", f"Key {marker('text', 'ssn)=(123-45-6789')} already exists"),
        ("Failing row contains (7, Alice, null).", f"Failing row contains {marker('text', '7, Alice, null')}."),
        ("Duplicate entry 'O'Brien' for key 'k'", "Duplicate entry " + marker("text", "O'Brien' for key 'k")),
        ("Can't convert 'a' Alice 'b' to int", "Can't convert " + marker("text", "a' Alice 'b") + " to int"),
        ("Table 'db.t' doesn't exist", f"Table {marker('text', 'db.t')} doesn't exist"),
        ("The key is (Alice (Al) Smith) at line 3", f"The key is {marker('text', 'Alice (Al) Smith')} at line 3"),
        ("unterminated string 'Alice (Al) Smith", f"unterminated string {marker('text', 'Alice (Al) Smith')}"),
        ("index 'k', cut off: 'Alice", "index " + marker("text", "k', cut off: 'Alice")),
        ("index 'k': the key is (Alice) here", "index " + marker("text", "k': the key is (Alice) here")),
        ("row 2 doesn't fit", f"row {marker('number', '2')} doesn't fit"),
        ("value 40.50 is out of range", f"value {marker('number', '40.5')} is out of range"),
        ("syntax error\nLINE 1: SELECT ssn = 7 FROM t", "syntax error\n<...>"),
        ("no such table t2 [SQL: SELECT 'E11'] (Background)", "no such table t2 <...>"),
    ],
)
def test_values_in_an_error_message_become_markers(message: str, shown: str) -> None:
    assert REDACTION.error(message) == shown
    assert HASH.error(message) == marker("error", message)
    assert FULL.error(message) == message


@given(st.text(alphabet="ab 'Q\"`()\n", max_size=12), st.sampled_from(["''", '""', "``", "()"]))
def test_no_delimited_value_survives_in_an_error_message(value: str, pair: str) -> None:
    assert "Zq" not in REDACTION.error(f"bad value {pair[0]}{value}Zq{value}{pair[1]} in row")


def test_long_messages_are_redacted_quickly() -> None:
    for unit in ("'", "a'a", "(", "1'", "'(\"`)"):
        started = time.process_time()
        REDACTION.error(unit * 20_000)
        assert time.process_time() - started < 2


def test_numbers_that_differ_in_any_digit_have_different_markers() -> None:
    ones = "1" * 30
    assert REDACTION.mark_number(f"{ones}2") == marker("number", f"{ones}2") != marker("number", f"{ones}3")
    assert REDACTION.mark_number(f"0.{ones}20") == marker("number", f"0.{ones}2")
    assert REDACTION.mark_number("100.00") == REDACTION.mark_number("1e2") == marker("number", "100")


def test_a_payload_keeps_its_ids_and_its_values_become_markers() -> None:
    payload = json.dumps({"pk": 7, "filters": [{"val": "E11", "n": 40.5}], "force": True})
    expected = {"pk": 7, "filters": [{"val": marker("text", "E11"), "n": marker("number", "40.5")}], "force": True}
    assert json.loads(redact_payload(payload, REDACTION)) == expected
    assert redact_payload(payload, HASH) == marker("json", payload)
    assert redact_payload(payload, FULL) == payload
    assert redact_payload("{E11", REDACTION) == "<not JSON: 4 characters>"


def test_under_a_technical_name_only_what_is_technical_is_shown() -> None:
    payload = {
        "path": "/api/v1/chart/7/data/", "reason": "bad_password", "rison": [2, 3], "url_rule": "/api/v1/chart/<pk>",
        "next": {"path": "/superset/explore/?name=Miller", "reason": "Miller's account", "rison": ["Miller", 4]},
        "list": {"rison": {"filters": [{"col": "name", "value": "Miller"}], "page": 2}},
    }  # fmt: skip
    shown = json.loads(redact_payload(json.dumps(payload), REDACTION))
    assert {name: shown[name] for name in ("path", "reason", "rison", "url_rule")} == {
        name: payload[name] for name in ("path", "reason", "rison", "url_rule")
    }
    assert shown["next"] == {
        "path": marker("text", "/superset/explore/?name=Miller"),
        "reason": marker("text", "Miller's account"),
        "rison": [marker("text", "Miller"), 4],
    }
    assert "Miller" not in json.dumps(shown)


def test_of_a_change_the_names_stay_and_clauses_become_markers() -> None:
    changes = json.dumps(
        {
            "roles": {"before": ["Alpha"], "after": ["Alpha", "Admin"]},
            "active": {"before": True, "after": False},
            "clause": {"before": "ward = 'E11'", "after": "1 = 1"},
        }
    )
    shown = json.loads(redact_changes(changes, REDACTION))
    assert shown == {
        "roles": {"before": ["Alpha"], "after": ["Alpha", "Admin"]},
        "active": {"before": True, "after": False},
        "clause": {"before": marker("text", "ward = 'E11'"), "after": marker("text", "1 = 1")},
    }
    assert redact_changes(changes, FULL) == changes
