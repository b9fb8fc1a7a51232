from __future__ import annotations

from pathlib import Path

import pytest

from .seed import QUARTER, rows_of, seed, shipped

QUERIES = sorted(shipped().queries)
# Parameters that have no default.
NEEDED = {
    "statements_by_database": {"database": "Sales"},
    "data_access": {"table": "patients"},
    "who_can": {"table": "patients"},
}


@pytest.mark.parametrize("query", QUERIES)
def test_every_shipped_query_has_its_own_tests(query: str) -> None:
    assert Path(__file__).with_name(f"test_{query}.py").is_file()


def test_every_module_here_tests_a_shipped_query() -> None:
    modules = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert modules - {"every_query"} == set(QUERIES)


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_in_the_population_is_an_empty_answer_and_not_an_error(query: str, tmp_path: Path) -> None:
    evidence = seed(tmp_path).evidence(query, **NEEDED.get(query, {}))
    assert (rows_of(evidence), evidence.rows, evidence.flagged, evidence.population, evidence.unmet) == (
        [],
        0,
        0,
        0,
        (),
    )


@pytest.mark.parametrize("query", QUERIES)
def test_each_thing_that_a_query_requires_is_missed_where_it_is_not_held(query: str, tmp_path: Path) -> None:
    values = {parameter.name: parameter.default for parameter in shipped().queries[query].parameters}
    for name in shipped().queries[query].capabilities(values):
        (unmet,) = seed(tmp_path, held={name: []}).evidence(query, **NEEDED.get(query, {})).unmet
        gaps = [(gap.since, gap.until) for gap in unmet.gaps]
        assert (unmet.capability, unmet.answer, gaps) == (name, "no", [(QUARTER.since, QUARTER.until)])
