from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditctl.catalogue.load import load_catalogue, read_all

Edit = Callable[[str, str, str], None]


@pytest.mark.parametrize(
    ("action", "value", "rule"),
    [
        ("sign_in_failed", None, "sign_in_failed"),
        ("sign_in_failed_twice", None, "sign_in_*"),
        ("sign_out", None, "sign_*"),
        ("sign", None, None),
        ("SIGN_OUT", None, None),
        ("signing", None, None),
        ("", None, None),
        ("log", "mount_dashboard", "log/mount_dashboard"),
        ("log", "mount_dashboards", "log/*"),
        ("log", "", "log/*"),
        ("log", None, "log/*"),
        ("log/mount_dashboard", None, None),
        ("log/", None, None),
        ("sign_out", "mount_dashboard", "sign_*"),
    ],
)
def test_exact_beats_pattern_and_longer_beats_shorter(
    root: Path, action: str, value: str | None, rule: str | None
) -> None:
    found = load_catalogue(root=root).lookup_action(action, value)
    assert (found.name if found else None) == rule


def test_what_a_rule_leaves_out_has_its_default(root: Path) -> None:
    rule = load_catalogue(root=root).lookup_action("sign_out")
    assert rule is not None
    assert (rule.object_type, rule.target, rule.reported_by, rule.fold, rule.outcome) == (
        "",
        "",
        "server",
        "",
        "attempted",
    )
    assert (rule.known_by, rule.route, rule.versions) == ("", "", "")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('["sign_*"]', '["*"]', "8: '*' would match every action; name what it begins with"),
        ('["sign_*"]', '["si*gn"]', "8: 'si*gn' has a * before its end; only a trailing * is a pattern"),
        ('by_key = "event_name"', "by_key = 1", "19: 'by_key' must be text; write it in quotes"),
        ('by_key = "event_name"', 'by_key = "event_name"\nkind = "x"', "20: unknown key 'kind'; known: by_key"),
        ('["log"]\nby_key = "event_name"\n', "", "19: 'log/mount_dashboard' needs to know what tells 'log' apart;"),
        ('["log"]', '["root"]', "18: no rule for 'root'; add [\"root/*\"]"),
        ('object = "dashboard"\nby = "client"', 'by = "browser"', "24: 'by' cannot be 'browser'; one of: server"),
        ('object = "dashboard"\nby = "client"', 'fold = "outter"', "24: 'fold' cannot be 'outter'; did you mean"),
        ('verb = "report"', 'verb = ""', "30: 'verb' is empty; fill it in or leave it out"),
        ('verb = "report"\n', "", "28: 'verb' is missing; add it"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_reported_on_its_line(root: Path, edit: Edit, old: str, new: str, expected: str) -> None:
    edit("actions.toml", old, new)
    found = read_all(root=root).problems.lines()
    assert any(line.startswith(f"queries/actions.toml:{expected}") for line in found), found
