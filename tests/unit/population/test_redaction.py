"""Error messages and payloads follow the policy: no value of the audited data is left in them."""

from __future__ import annotations

import json

import pytest

from auditctl.population.payload import redact_changes, redact_payload
from auditctl.text import SqlText
from tests.redaction import REDACTION, KnownRedaction, marker

HASH, FULL = KnownRedaction(SqlText.HASH), KnownRedaction(SqlText.FULL)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('column "E11" does not exist', f"column {marker('text', 'E11')} does not exist"),
        ("near 'Alice' AND b = 'it''s'' at line 3", "near " + marker("text", "Alice' AND b = 'it''s'") + " at line 3"),
        ("Key (ssn)=(123-45-6789) already exists", f"Key (ssn)={marker('text', '123-45-6789')} already exists"),
        ("value 40.50 is out of range", f"value {marker('number', '40.5')} is out of range"),
        ("syntax error\nLINE 1: SELECT ssn = 7 FROM t", "syntax error\n<...>"),
        ("no such table t2 [SQL: SELECT 'E11'] (Background)", "no such table t2 <...>"),
    ],
)
def test_values_in_an_error_message_become_markers(message: str, shown: str) -> None:
    assert REDACTION.error(message) == shown
    assert HASH.error(message) == marker("error", message)
    assert FULL.error(message) == message


def test_a_payload_keeps_its_ids_and_its_values_become_markers() -> None:
    payload = json.dumps({"pk": 7, "filters": [{"val": "E11", "n": 40.5}], "force": True})
    expected = {"pk": 7, "filters": [{"val": marker("text", "E11"), "n": marker("number", "40.5")}], "force": True}
    assert json.loads(redact_payload(payload, REDACTION)) == expected
    assert redact_payload(payload, HASH) == marker("json", payload)
    assert redact_payload(payload, FULL) == payload
    assert redact_payload("{E11", REDACTION) == "<not JSON: 4 characters>"


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
