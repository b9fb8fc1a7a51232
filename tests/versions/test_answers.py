"""What the queries answer over each version: what an old one cannot tell is Not evidenced, never "none"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

import pytest

from auditctl.catalogue.model import Catalogue, Query
from auditctl.population.model import Gap
from auditctl.run.evidence import Evidence
from auditctl.run.execute import find_unmet, parameter_values, runner
from auditctl.settings import Limits
from tests.cli.command import CommandLine
from tests.fixture.built import NOVEMBER, NOW, Built

from .conftest import database
from .truth import NO_BODIES, VERSIONS, sent

# What a chart's export and a chart's data have in common in 3.1.3: these would miss rows, or call them something else.
NEED_BODIES = {
    "bulk_exports",
    "data_access",
    "data_requests",
    "exports",
    "exports_not_placed",
    "exports_outside_list",
    "guest_tokens",
}
NEEDED = {
    "statements_by_database": {"database": "production"},
    "data_access": {"table": "main.patients"},
    "who_can": {"table": "main.patients"},
}

EXPORTS = {
    "3.1.3": {41, 53, *range(56, 64)},
    "4.1.4": {46, 69, 71, 73, 75, *range(76, 83), 128},
    "5.0.0": {79, 115, 121, 127, 134, *range(135, 142), 209},
    "6.1.0": {74, 106, 107, 112, 117, 123, *range(124, 131), 199},
}


def answer(built: Built, catalogue: Catalogue, query_id: str) -> Evidence:
    query = catalogue.queries[query_id]
    with runner(built.population, catalogue, Limits()) as engine:
        return engine.run(query, parameter_values(query, {}, NEEDED.get(query_id, {})))


def missing(built: Built, query: Query) -> set[str]:
    """Return what the query requires and the source holds at no time."""
    values = parameter_values(query, {}, NEEDED.get(query.id, {}))
    return {unmet.capability for unmet in find_unmet(query, values, built.population) if unmet.answer == "no"}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_query_misses_in_a_version_what_it_misses_in_6_1_and_bodies_where_they_matter(
    day: Mapping[str, Built], catalogue: Catalogue, version: str
) -> None:
    for query in catalogue.queries.values():
        more = {"request_bodies"} if version == NO_BODIES and query.id in NEED_BODIES else set()
        assert missing(day[version], query) == missing(day["6.1.0"], query) | more, query.id


@pytest.mark.parametrize("version", VERSIONS)
def test_exports_are_listed_as_far_as_the_version_tells_them(
    day: Mapping[str, Built], catalogue: Catalogue, version: str
) -> None:
    evidence = answer(day[version], catalogue, "exports")
    refs = [row["source_ref"] for batch in evidence.all_rows().batches() for row in batch.to_pylist()]
    assert {int(ref.removeprefix("logs:").split("-")[-1]) for ref in refs} == EXPORTS[version]


def test_exports_of_3_1_are_not_evidenced_for_the_whole_window(day: Mapping[str, Built], catalogue: Catalogue) -> None:
    unmet = {item.capability: item for item in answer(day[NO_BODIES], catalogue, "exports").unmet}
    assert unmet["request_bodies"].gaps == (Gap(NOVEMBER.since, NOW),)
    assert unmet["request_bodies"].held_since is None


def test_exports_of_3_1_that_can_be_seen_are_judged_although_others_cannot_be_seen(
    day: Mapping[str, Built], catalogue: Catalogue
) -> None:
    # alice is not on the permitted list; her CSV of SQL Lab and of a saved chart, and two reports of her browser.
    evidence = answer(day[NO_BODIES], catalogue, "exports_outside_list")
    assert (evidence.rows, evidence.flagged) == (4, 4)
    assert "request_bodies" in {unmet.capability for unmet in evidence.unmet}


def test_views_are_evidenced_in_every_version_from_the_first_row(
    day: Mapping[str, Built], catalogue: Catalogue
) -> None:
    views = {"3.1.3": 5, "4.1.4": 5, "5.0.0": 7, "6.1.0": 7}
    for version, built in day.items():
        evidence = answer(built, catalogue, "dashboard_views")
        assert evidence.rows == views[version]
        (first,) = built.one("SELECT min(occurred_at) FROM log_rows WHERE action = 'dashboard'")
        (unmet,) = evidence.unmet
        assert (unmet.capability, unmet.gaps) == ("dashboard_views", (Gap(NOVEMBER.since, first.replace(tzinfo=UTC)),))


def test_a_command_over_3_1_shows_what_it_found_says_why_that_is_not_all_and_ends_with_4(
    tmp_path: Path,
) -> None:
    (tmp_path / "tmp").mkdir()
    auditctl = CommandLine(tmp_path)
    window = ("--since", "2026-11-24T03:14:52Z", "--until", "2026-11-24T04:00Z")
    options = ("--url", f"sqlite:///{database(NO_BODIES)}", "--now", "2026-11-24T12:00Z")
    exports = auditctl(*options, "exports", *window, "--format", "csv", cwd=tmp_path)
    assert exports.code == 4
    assert "logs:53" in exports.out
    assert "Superset 3.0 to 4.0 stores no JSON body of a request" in exports.err
    views = auditctl(*options, "dashboard-views", *window, cwd=tmp_path)
    assert views.code == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_forged_rows_look_altered_and_no_other_does(
    day: Mapping[str, Built], catalogue: Catalogue, version: str
) -> None:
    evidence = answer(day[version], catalogue, "suspicious_rows")
    found = [row["source_ref"] for batch in evidence.all_rows().batches() for row in batch.to_pylist()]
    # A forged payload, a forged column, an id beyond any; the deletion before them suppressed its row as a whole.
    forged = [line for line in sent(version) if "?explode=x&x=[{" in line["url"] or "?dashboard_id=" in line["url"]]
    assert found == [f"logs:{row}" for line in forged for row, *_ in line["rows"]]
    assert len(found) == 3
