from __future__ import annotations

from pathlib import Path

from .seed import EDGES, at, cells, edges, missing, refs, rows_of, seed


def test_the_window_is_half_open(tmp_path: Path) -> None:
    assert refs(seed(tmp_path, sign_ins=edges()).run("sign_ins")) == EDGES


def test_every_attempt_is_listed_with_its_outcome_and_nothing_is_flagged(tmp_path: Path) -> None:
    sign_in = cells(
        username="alice",
        event_outcome="failed",
        reason="bad_password",
        source_ip="10.0.0.7",
        system="Superset",
        reported_by="recorder",
        source_ref="logs:138",
    )
    seeded = seed(tmp_path, sign_ins=[sign_in, {"event_outcome": "succeeded"}, {"event_outcome": "refused"}])
    evidence = seeded.evidence("sign_ins")
    assert (evidence.rows, evidence.flagged, evidence.population) == (3, 0, 3)
    assert {**sign_in, "occurred_at": at("08-12 09:00"), "flagged": False} in rows_of(evidence)


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"logs:2": "08-12 10:00", "logs:1": "08-12 10:00", "file:7": "08-12 09:00"}
    sign_ins = [{"source_ref": ref, "occurred_at": at(time)} for ref, time in times.items()]
    assert refs(seed(tmp_path, sign_ins=sign_ins).run("sign_ins")) == ("file:7", "logs:1", "logs:2")


def test_successes_and_failures_are_missed_each_for_itself(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"sign_in_failures": [], "sign_in_successes": [("07-01", "09-01")]})
    gaps = {"sign_in_failures": [("07-01", "10-01")], "sign_in_successes": [("09-01", "10-01")]}
    assert missing(seeded.evidence("sign_ins")) == gaps
