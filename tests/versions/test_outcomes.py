"""What became of an act: never more than the version's rows and tables can show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.fixture.built import Built

from .conftest import logged
from .truth import VERSIONS, acts


@pytest.mark.parametrize("version", VERSIONS)
def test_each_outcome_is_what_the_database_can_show(day: Mapping[str, Built], version: str) -> None:
    found = dict(day[version].rows("SELECT source_ref, event_outcome FROM events"))
    expected = {act.source_ref: act.event_outcome for act in acts(version)}
    assert {ref: found[ref] for ref in expected} == expected


@pytest.mark.parametrize(("version", "count"), [("3.1.3", 11), ("4.1.4", 8), ("5.0.0", 13), ("6.1.0", 13)])
def test_nothing_that_was_refused_invalid_or_missing_succeeded(
    day: Mapping[str, Built], version: str, count: int
) -> None:
    refused = {act.source_ref for act in acts(version) if act.refused}
    assert len(refused) == count
    succeeded = {ref for (ref,) in day[version].rows("SELECT source_ref FROM events WHERE event_outcome = 'succeeded'")}
    assert not succeeded & refused


def test_the_row_of_a_refused_page_is_no_view(day: Mapping[str, Built]) -> None:
    # 5.0.0 sent carol away (302), and wrote the row of the page; after she was given access, it wrote both.
    rows = day["5.0.0"].rows(
        "SELECT source_ref, kind, event_outcome FROM events"
        " WHERE username = 'carol' AND object_type = 'dashboard' AND object_id = '1'"
        " AND kind IN ('page', 'view') ORDER BY occurred_at"
    )
    assert rows == [
        ("logs:177", "page", "attempted"),
        ("logs:197", "page", "attempted"),
        ("logs:198", "view", "succeeded"),
    ]


@pytest.mark.parametrize(
    ("version", "status", "outcome"),
    [
        ("3.1.3", "failed", "failed"),
        ("4.1.4", "failed", "failed"),
        ("5.0.0", "failed", "failed"),
        ("6.1.0", "pending", "unknown"),
    ],
)
def test_a_text_that_does_not_parse_is_never_a_success(
    day: Mapping[str, Built], version: str, status: str, outcome: str
) -> None:
    row = day[version].one("SELECT status, event_outcome FROM statements WHERE source_ref = 'query:3'")
    assert row == (status, outcome)


@pytest.mark.parametrize("version", VERSIONS)
def test_statements_are_the_same_in_every_version(day: Mapping[str, Built], version: str) -> None:
    others = "source_ref <> 'query:3'"
    rows = "SELECT source_ref, username, database_name, status, statement_kind, sql_text FROM statements"
    assert day[version].rows(f"{rows} WHERE {others}") == day["6.1.0"].rows(f"{rows} WHERE {others}")
    assert day[version].one("SELECT count(*) FROM statements") == (8,)


def test_before_answers_were_logged_a_request_without_one_did_not_fail(changed: Callable[..., Built]) -> None:
    # As after an upgrade from 4.1 to 5.0: there, a request that the cache served is one row.
    path = '{"path": "/api/v1/chart/1/data/", "url_rule": "/api/v1/chart/<int:pk>/data/", "pk": 1}'
    older = logged("ChartDataRestApi.data", "2026-11-10 08:00:00", path)
    newer = logged("ChartDataRestApi.data", "2026-11-24 03:20:00", path)
    rows = changed("5.0.0", older, newer).rows(
        "SELECT event_outcome FROM events WHERE source_ref IN ('logs:217', 'logs:218') ORDER BY occurred_at"
    )
    assert rows == [("attempted",), ("failed",)]
