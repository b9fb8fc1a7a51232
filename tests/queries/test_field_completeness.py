from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .seed import Row, cells, edges, seed

FULL = {
    "kind": "content_change",
    "event_outcome": "failed",
    "source_ip": "10.0.0.1",
    "object_id": "3",
}
FIELDS = ["user identification", "type of event", "date and time", "success or failure", "origin", "affected object"]


def known(folder: Path, **relations: Any) -> list[tuple[str, str, int, int]]:
    rows = seed(folder, **relations).run("field_completeness")
    return [(row["acts"], row["field"], row["number"], row["known"]) for row in rows]


def test_an_act_that_says_everything_leaves_nothing_to_flag(tmp_path: Path) -> None:
    rows = seed(tmp_path, events=[FULL]).run("field_completeness")
    assert [row["field"] for row in rows] == FIELDS
    assert {(row["acts"], row["number"], row["known"], row["share"], row["flag_reason"]) for row in rows} == {
        ("changes", 1, 1, 100.0, None)
    }


@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ({"attributed": False, "username": "unattributed"}, "user identification"),
        ({"kind": "unmapped"}, "type of event"),
        ({"event_outcome": "attempted"}, "success or failure"),
        ({"event_outcome": "unknown"}, "success or failure"),
        ({"source_ip": None}, "origin"),
        ({"object_id": None}, "affected object"),
    ],
)
def test_what_an_act_does_not_say_is_flagged(lacking: Row, field: str, tmp_path: Path) -> None:
    rows = seed(tmp_path, events=[{**FULL, "kind": "view", **lacking}]).run("field_completeness")
    assert [(row["field"], row["known"], row["flag_reason"]) for row in rows if row["flagged"]] == [
        (field, 0, "never said")
    ]


def test_a_share_is_never_rounded_up_to_the_whole(tmp_path: Path) -> None:
    events = [FULL] * 2999 + [{**FULL, "source_ip": None}]
    (row,) = [row for row in seed(tmp_path, events=events).run("field_completeness") if row["flagged"]]
    assert row == cells(
        acts="changes",
        field="origin",
        number=3000,
        known=2999,
        share=99.9,
        basis="no column: only the recorder states it",
        flag_reason="1 do not say it",
        flagged=True,
    )


def test_a_name_that_was_typed_or_sent_identifies_too(tmp_path: Path) -> None:
    sign_in = {**FULL, "kind": "sign_in", "attributed": False, "username": "mallory"}
    named = {**FULL, "object_id": None, "object_name": "Orders"}
    assert {row[3] for row in known(tmp_path, events=[sign_in, named])} == {1}


def test_groups_are_told_apart_and_statements_come_from_their_own_table(tmp_path: Path) -> None:
    kinds = ["access_change", "sharing", "export", "refusal", "view", "statement", "heartbeat"]
    failed = {"event_outcome": "failed", "statement_kind": "SELECT", "database_id": 1}
    unfinished = {"event_outcome": "attempted", "statement_kind": "OTHER", "user_id": None}
    shown = known(tmp_path, events=[{**FULL, "kind": kind} for kind in kinds], statements=[failed, unfinished])
    assert [row for row in shown if row[1] == "origin"] == [
        ("SQL Lab statements", "origin", 2, 0),
        ("changes", "origin", 2, 2),
        ("exports", "origin", 1, 1),
        ("sign-ins and refusals", "origin", 1, 1),
        ("views and all else", "origin", 1, 1),
    ]
    assert [row[3] for row in shown if row[0] == "SQL Lab statements"] == [1, 1, 2, 1, 0, 1]


def test_only_acts_of_the_window_count(tmp_path: Path) -> None:
    shown = known(tmp_path, events=edges(**FULL), statements=edges(statement_kind="SELECT"))
    assert {row[2] for row in shown} == {2}
