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


OWN = """
["extended/sign_out"]
kind = "sign_in"
verb = "sign_out"
by = "custom"
meaning = "A custom logger's sign-out."

["extended/portal_*"]
kind = "sign_in"
verb = "sign_in"
by = "custom"
meaning = "The portal."
"""


@pytest.mark.parametrize(
    ("action", "extended", "own", "rule"),
    [
        ("sign_out", False, False, "sign_*"),
        ("sign_out", True, False, "sign_*"),
        ("sign_out", True, True, "extended/sign_out"),
        ("SIGN_OUT", True, True, "extended/sign_out"),
        ("portal_in", False, False, None),
        ("Portal_In", True, False, "extended/portal_*"),
        ("sign_in_failed", True, True, "sign_in_failed"),
        ("extended/sign_out", True, True, None),
        ("extended/sign_out", False, False, None),
        ("log", True, True, "log/*"),
    ],
)
def test_names_of_custom_loggers_are_known_in_an_extended_log_alone_and_first_on_their_own_rows(
    root: Path, action: str, extended: bool, own: bool, rule: str | None
) -> None:
    with (root / "actions.toml").open("a", encoding="utf-8") as file:
        file.write(OWN)
    found = load_catalogue(root=root).lookup_action(action, extended=extended, own=own)
    assert (found.name if found else None) == rule


def test_a_family_of_no_kind_of_extended_log_is_reported(root: Path, edit: Edit) -> None:
    edit("capabilities.toml", 'actions = ["sign_in_*"]', 'actions = ["extended:sign_in:outcome"]')
    (found,) = read_all(root=root).problems.lines()
    assert "no action is called like 'extended:sign_in:outcome'; see actions.toml" in found
    with (root / "actions.toml").open("a", encoding="utf-8") as file:
        file.write(OWN)
    assert read_all(root=root).problems.lines() == []
