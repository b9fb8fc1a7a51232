"""Sensitive dashboards of a log that stands alone: declared by id, for there is no table of dashboards."""

from __future__ import annotations

from pathlib import Path

from auditctl.settings import Scope, Settings

from .made import STORY, answer, write


def test_who_looked_at_a_dashboard_declared_by_id_is_listed(tmp_path: Path) -> None:
    rows = [*STORY, {**STORY[3], "id": 13, "username": "bob"}, {**STORY[3], "id": 14, "dashboard_id": 9}]
    sensitive = Scope("sensitive", dashboards=(5,), permitted=("alice",))
    told = answer(write(tmp_path / "log.db", rows), settings=Settings(scopes=(sensitive,)))
    assert told.rows("sensitive_dashboard_views", "username", "object_id", "views", "flag_reason") == [
        ("alice", "5", 1, None),
        ("bob", "5", 1, "not on the permitted list of this scope"),
    ]
    assert list(told.unmet("sensitive_dashboard_views")) == ["dashboard_views"]


def test_without_a_declaration_nothing_is_evidenced(tmp_path: Path) -> None:
    told = answer(write(tmp_path / "log.db", STORY))
    assert told.rows("sensitive_dashboard_views", "username") == []
    assert "scope_sensitive" in told.unmet("sensitive_dashboard_views")
