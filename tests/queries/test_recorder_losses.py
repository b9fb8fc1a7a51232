from __future__ import annotations

from pathlib import Path

from .seed import at, refs, seed

LOST = {"action": "RecorderLost", "recorder": True, "target_name": "web1-7-ab", "reason": "ended_unexpectedly"}


def test_a_process_that_lost_records_is_flagged_and_one_that_lost_none_is_listed(tmp_path: Path) -> None:
    rows = [
        {**LOST, "id": number, "occurred_at": at(f"08-12 10:0{number}"), "records_lost": lost}
        for number, lost in enumerate((3, 0, None), start=1)
    ]
    found = seed(tmp_path, log_rows=rows).run("recorder_losses")
    assert found[0] == {
        "occurred_at": at("08-12 10:01"),
        "process": "web1-7-ab",
        "reason": "ended_unexpectedly",
        "records_lost": 3,
        "flag_reason": "records are lost",
        "source_ref": "logs:1",
        "flagged": True,
    }
    assert [(row["flag_reason"], row["flagged"]) for row in found[1:]] == [
        (None, False),
        ("how many records are lost is not said", True),
    ]


def test_rows_of_that_name_that_the_recorder_did_not_write_and_other_rows_are_none(tmp_path: Path) -> None:
    rows = [
        {**LOST, "id": 1, "occurred_at": at("08-12 10:00"), "recorder": False},
        {**LOST, "id": 2, "occurred_at": at("08-12 10:00"), "action": "AccessRefused"},
    ]
    assert refs(seed(tmp_path, log_rows=rows).run("recorder_losses")) == ()


def test_rows_outside_of_the_window_are_none(tmp_path: Path) -> None:
    rows = [{**LOST, "id": 1, "occurred_at": at("06-30 23:59"), "records_lost": 1}]
    assert refs(seed(tmp_path, log_rows=rows).run("recorder_losses")) == ()
