from __future__ import annotations

from pathlib import Path

from auditctl.assess.outcomes import judge
from auditctl.catalogue.model import Test as Procedure

from .seed import at, edges, refs, rows_of, seed

CHANGE = {"kind": "content_change", "verb": "delete", "object_type": "chart", "object_id": "3"}
FREEZE = {"declared": "2026-08-10..2026-08-15", "freeze_since": at("08-10"), "freeze_until": at("08-15")}


def test_a_change_in_a_freeze_is_an_exception_from_its_first_instant_to_before_its_end(tmp_path: Path) -> None:
    times = {"before": "08-09 23:59:59.999999", "first": "08-10", "last": "08-14 23:59:59.999999", "after": "08-15"}
    events = [CHANGE | {"source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    evidence = seed(tmp_path, events=events, change_freezes=[FREEZE]).evidence("changes_in_freeze")
    assert [(row["source_ref"], row["declared"]) for row in rows_of(evidence)] == [
        ("first", "2026-08-10..2026-08-15"),
        ("last", "2026-08-10..2026-08-15"),
    ]
    assert (evidence.flagged, evidence.population) == (2, 4)


def test_what_failed_and_what_is_no_change_of_content_is_none(tmp_path: Path) -> None:
    events = [
        *(CHANGE | {"event_outcome": outcome} for outcome in ("failed", "refused")),
        {"kind": "access_change"},
        CHANGE | {"event_outcome": "attempted", "source_ref": "logs:9"},
    ]
    assert refs(seed(tmp_path, events=events, change_freezes=[FREEZE]).run("changes_in_freeze")) == ("logs:9",)


def test_a_change_in_two_freezes_counts_once(tmp_path: Path) -> None:
    longer = {**FREEZE, "declared": "2026-08-01..2026-09-01", "freeze_since": at("08-01"), "freeze_until": at("09-01")}
    rows = seed(tmp_path, events=[CHANGE], change_freezes=[FREEZE, longer]).run("changes_in_freeze")
    assert [row["declared"] for row in rows] == ["2026-08-01..2026-09-01"]


def test_changes_keep_to_the_window(tmp_path: Path) -> None:
    year = {"declared": "2026-01-01..2027-01-01", "freeze_since": at("01-01"), "freeze_until": at("12-31")}
    rows = seed(tmp_path, events=edges(**CHANGE), change_freezes=[year]).run("changes_in_freeze")
    assert refs(rows) == ("first", "last")


def test_without_a_freeze_in_the_window_there_is_nothing_to_test(tmp_path: Path) -> None:
    seeded = seed(tmp_path, events=[CHANGE])
    query = "changes_in_freeze"
    outcome = judge(Procedure(query, "A procedure.", query), seeded.evidence(query), seeded.population)
    assert outcome.sentence == "There is nothing to test: no changes of content in a period with a freeze."
