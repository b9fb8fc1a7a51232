"""Control totals, against rows that can be counted on the fingers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from auditctl.run.evidence import Evidence, References, Totals
from auditctl.run.execute import RunError, parameter_values, runner
from auditctl.settings import Limits
from tests.queries.seed import Row, at, seed, shipped


def totals(folder: Path, query: str, *sign_ins: Row) -> Totals:
    found = shipped().queries[query]
    with runner(seed(folder, sign_ins=sign_ins).population, shipped(), Limits()) as engine:
        return engine.totals(engine.run(found, parameter_values(found, {}, {})))


def test_the_totals_of_rows_are_those_that_one_counts_by_hand(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"occurred_at": at("08-12 23:59:59"), "username": "alice", "source_ref": "logs:7", "reason": "bad_password"},
        {"occurred_at": at("08-13 00:00"), "username": "bob", "source_ref": "logs:90", "reason": "bad_password"},
        {"occurred_at": at("08-13 10:00"), "username": "alice", "source_ref": "logs:24-29", "reason": "bad_password"},
        {"occurred_at": at("08-13 11:00"), "username": None, "source_ref": "file:3", "reason": "bad_password"},
    ]
    found = totals(tmp_path, "failed_logins", *rows)
    assert found.counted == 4
    assert found.time is not None
    assert (found.time.name, found.first_at, found.last_at) == ("occurred_at", at("08-12 23:59:59"), at("08-13 11:00"))
    assert found.days == {date(2026, 8, 12): 1, date(2026, 8, 13): 3}
    assert found.people == 2
    assert found.references == (References("file", 1, 3, 3), References("logs", 3, 7, 90))


def test_no_rows_have_no_bounds(tmp_path: Path) -> None:
    found = totals(tmp_path, "failed_logins")
    assert (found.counted, found.first_at, found.last_at, found.days) == (0, None, None, {})
    assert (found.people, found.references) == (0, ())


def test_a_result_that_names_nobody_and_no_row_says_so(tmp_path: Path) -> None:
    found = totals(tmp_path, "field_completeness")
    assert (found.time, found.people, found.references) == (None, None, ())


def test_a_count_that_is_not_the_rows_is_an_error(tmp_path: Path) -> None:
    query = shipped().queries["failed_logins"]
    with runner(seed(tmp_path).population, shipped(), Limits()) as engine:
        evidence: Evidence = engine.run(query, parameter_values(query, {}, {}))
        with pytest.raises(RunError, match=r"^the query returned 3 rows and count\(\*\) says 0$"):
            engine.totals(replace(evidence, rows=3))
