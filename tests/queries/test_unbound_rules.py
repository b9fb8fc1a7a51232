from __future__ import annotations

from pathlib import Path

import pytest

from .seed import Row, at, cells, missing, refs, rows_of, seed


def rule(number: int, kind: str | None, datasets: str | None, roles: str | None, **columns: object) -> Row:
    return {
        "source_ref": f"row_level_security_filters:{number}",
        "name": f"rule {number}",
        "filter_type": kind,
        "datasets": datasets,
        "roles": roles,
        **columns,
    }


@pytest.mark.parametrize(
    ("kind", "datasets", "roles", "reason"),
    [
        ("Regular", "main.orders", "Gamma", None),
        ("Regular", None, "Gamma", "binds no dataset"),
        ("Regular", "main.orders", None, "binds no role"),
        ("Regular", None, None, "binds no dataset and no role"),
        (None, "main.orders", None, "binds no role"),
        ("Base", "main.orders", None, None),
        ("BASE", "main.orders", "Admin", None),
        ("Base", None, None, "binds no dataset"),
        ("Base", None, "Admin", "binds no dataset"),
    ],
)
def test_a_rule_that_filters_nothing_or_holds_for_nobody_is_an_exception(
    kind: str | None, datasets: str | None, roles: str | None, reason: str | None, tmp_path: Path
) -> None:
    (row,) = seed(tmp_path, row_rules=[rule(1, kind, datasets, roles)]).run("unbound_rules")
    assert (row["flag_reason"], row["flagged"]) == (reason, reason is not None)


def test_every_rule_is_shown_with_who_changed_it_last(tmp_path: Path) -> None:
    changed = cells(changed_by="bob", changed_at=at("08-12 09:30"))
    rules = [rule(2, "Regular", None, None, **changed), rule(1, "Regular", "main.orders", "Gamma", **changed)]
    evidence = seed(tmp_path, row_rules=rules).evidence("unbound_rules")
    assert rows_of(evidence) == [
        {**rules[1], "flag_reason": None, "flagged": False},
        {**rules[0], "flag_reason": "binds no dataset and no role", "flagged": True},
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 1, 2)


def test_rows_come_by_name_then_by_their_reference(tmp_path: Path) -> None:
    rules = [rule(number, "Regular", "t", "r", name=name) for number, name in ((1, "b"), (3, "a"), (2, "a"))]
    assert refs(seed(tmp_path, row_rules=rules).run("unbound_rules")) == tuple(
        f"row_level_security_filters:{number}" for number in (2, 3, 1)
    )


def test_without_the_tables_nothing_can_be_said(tmp_path: Path) -> None:
    evidence = seed(tmp_path, held={"row_rules_now": []}).evidence("unbound_rules")
    assert missing(evidence) == {"row_rules_now": [("07-01", "10-01")]}
