from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.errors import UsageError

from .seed import EDGES, Row, at, edges, missing, refs, rows_of, seed

OUTSIDE = "not on the permitted list of this scope"


def export(ref: str, username: str = "bob", **columns: object) -> Row:
    return {"kind": "export", "source_ref": ref, "username": username, **columns}


def touch(*references: object, scope: str = "phi") -> list[Row]:
    return [{"source_ref": ref, "scope": scope, "via": "dataset visits"} for ref in references]


def test_the_window_is_half_open(tmp_path: Path) -> None:
    seeded = seed(tmp_path, events=edges(kind="export"), touches=touch("early", "first", "last", "late"))
    assert refs(seeded.run("exports_outside_list")) == EDGES


def test_who_is_on_the_list_in_any_letter_case_is_shown_and_who_is_not_is_an_exception(tmp_path: Path) -> None:
    permitted = [{"scope": "phi", "username": "ALICE", "via": via} for via in ("role Analyst", "named")]
    permitted += [{"scope": "sensitive", "username": "bob", "via": "named"}]
    events = [export("logs:1", "Alice"), export("logs:2", "bob"), export("logs:3", "bob", kind="data_request")]
    seeded = seed(tmp_path, events=events, touches=touch("logs:1", "logs:2", "logs:3"), scope_permitted=permitted)
    evidence = seeded.evidence("exports_outside_list")
    assert [
        (row["source_ref"], row["permitted_as"], row["flag_reason"], row["flagged"]) for row in rows_of(evidence)
    ] == [
        ("logs:1", "named", None, False),
        ("logs:2", None, OUTSIDE, True),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 1, 2)


def test_only_what_reaches_into_the_scope_counts(tmp_path: Path) -> None:
    events = [export("logs:1"), export("logs:2"), export("logs:3")]
    seeded = seed(tmp_path, events=events, touches=touch("logs:1") + touch("logs:2", scope="sensitive"))
    assert refs(seeded.run("exports_outside_list")) == ("logs:1",)
    assert refs(seeded.run("exports_outside_list", scope="sensitive")) == ("logs:2",)


def test_an_export_without_an_account_is_an_exception_even_if_its_stand_in_name_is_listed(tmp_path: Path) -> None:
    events = [export("logs:1", "unattributed", user_id=None, attributed=False)]
    permitted = [{"scope": "phi", "username": "unattributed", "via": "named"}]
    (row,) = seed(tmp_path, events=events, touches=touch("logs:1"), scope_permitted=permitted).run(
        "exports_outside_list"
    )
    assert (row["permitted_as"], row["flag_reason"]) == (None, "nobody can be named: the row has no account")


def test_an_export_that_is_known_to_have_failed_is_shown_and_not_flagged(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "refused", "succeeded", "unknown"]
    events = [export(f"logs:{number}", event_outcome=outcome) for number, outcome in enumerate(outcomes)]
    evidence = seed(tmp_path, events=events, touches=touch(*refs(events))).evidence("exports_outside_list")
    assert evidence.population == 3
    assert {row["event_outcome"]: row["flagged"] for row in rows_of(evidence)} == {
        "attempted": True,
        "failed": False,
        "refused": False,
        "succeeded": True,
        "unknown": True,
    }


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:3": "08-12 10:00", "logs:2": "08-12 10:00", "logs:9": "08-12 09:00"}
    events = [export(ref, occurred_at=at(time)) for ref, time in times.items()]
    assert refs(seed(tmp_path, events=events, touches=touch(*times)).run("exports_outside_list")) == (
        "logs:9",
        "logs:2",
        "logs:3",
    )


def test_an_undeclared_scope_is_missing_and_one_that_cannot_be_declared_is_refused(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"scope_phi": []})
    assert missing(seeded.evidence("exports_outside_list")) == {"scope_phi": [("07-01", "10-01")]}
    assert missing(seeded.evidence("exports_outside_list", scope="sensitive")) == {}
    with pytest.raises(UsageError, match="scope_cards is not something a source can hold"):
        seeded.evidence("exports_outside_list", scope="cards")
