"""A recorder's columns beside those of the guides."""

from __future__ import annotations

from pathlib import Path

from .made import RECORDER, STORY, answer, write

EVENT = {"event_id": "0f0e-1", "source_ip": "203.0.113.7", "user_agent": "curl/8", "writer_id": "w1"}


def test_rows_with_an_event_id_are_the_recorders(tmp_path: Path) -> None:
    refused = {**STORY[1], **EVENT, "username": None, "attempted_username": "mallory", "event_outcome": "refused"}
    told = answer(write(tmp_path / "log.db", [refused, STORY[2]], RECORDER))
    assert told.rows("failed_logins", "username", "event_outcome", "source_ip", "reported_by") == [
        ("mallory", "refused", "203.0.113.7", "recorder"),
        ("bob", "failed", None, "custom"),
    ]


def test_its_outcome_goes_before_has_error_and_its_object_before_ids(tmp_path: Path) -> None:
    deletion = {**STORY[8], **EVENT, "event_outcome": "Failed", "has_error": 0}
    named = {"object_type": "Account", "object_id": "17", "object_name": "dora"}
    change = {**STORY[10], **EVENT, **named, "event_id": "0f0e-2"}
    told = answer(write(tmp_path / "log.db", [{**deletion, "id": 20}, change], RECORDER))
    assert told.rows("content_changes", "verb", "object_id", "event_outcome") == [("delete", "6", "failed")]
    assert told.rows("access_changes", "username", "object_type", "object_id", "object_name") == [
        ("carol", "account", "17", "dora")
    ]


def test_an_outcome_of_no_known_word_says_nothing(tmp_path: Path) -> None:
    odd = {**STORY[1], **EVENT, "event_outcome": "maybe", "has_error": None}
    told = answer(write(tmp_path / "log.db", [odd], RECORDER))
    assert told.rows("sign_ins", "event_outcome") == [("unknown",)]
