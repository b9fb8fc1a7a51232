from __future__ import annotations

from pathlib import Path

from .seed import at, refs, rows_of, seed


def test_each_action_is_counted_with_its_first_and_last_row_of_the_window(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "occurred_at": at("06-30 23:59"), "action": "dashboard", "kind": "page", "user_id": 1},
        {"id": 2, "occurred_at": at("07-01"), "action": "dashboard", "kind": "page", "user_id": 1},
        {"id": 3, "occurred_at": at("09-30 23:59"), "action": "dashboard", "kind": "page"},
        {"id": 4, "occurred_at": at("08-01"), "action": "mcp.new", "kind": "unmapped", "user_id": 2},
        {"id": 5, "occurred_at": at("10-01"), "action": "welcome", "kind": "page", "user_id": 1},
    ]
    evidence = seed(tmp_path, log_rows=rows).evidence("action_inventory")
    assert [tuple(row.values())[:6] for row in rows_of(evidence)] == [
        ("dashboard", "page", 2, 1, at("07-01"), at("09-30 23:59")),
        ("mcp.new", "unmapped", 1, 1, at("08-01"), at("08-01")),
    ]
    assert (evidence.population, evidence.flagged) == (3, 0)


def test_a_row_without_an_action_is_not_left_out(tmp_path: Path) -> None:
    rows = [{"id": 1, "occurred_at": at("08-01"), "kind": "unmapped"}]
    assert refs(seed(tmp_path, log_rows=rows).run("action_inventory"), "action") == ("no action",)
