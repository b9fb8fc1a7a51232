from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.catalogue.model import ColumnType, Kind, Parameter, ParameterValue, Query
from auditctl.errors import UsageError
from auditctl.period import Period
from auditctl.population.model import Held, Population
from auditctl.run.evidence import Evidence
from auditctl.run.execute import RunError, find_unmet, parameter_values, runner
from auditctl.settings import Limits
from tests.queries.seed import NOW, QUARTER, Seeded, at, cells, edges, seed, shipped

FAILED_LOGINS = shipped().queries["failed_logins"]
BY_DATABASE = shipped().queries["statements_by_database"]
EXPORTS_OUTSIDE = shipped().queries["exports_outside_list"]


def run(seeded: Seeded, query: Query, **values: ParameterValue) -> Evidence:
    with runner(seeded.population, shipped(), Limits()) as engine:
        return engine.run(query, parameter_values(query, {}, values))


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Population:
    return seed(tmp_path_factory.mktemp("population")).population


def holding(population: Population, *spans: tuple[datetime, datetime]) -> Population:
    held = tuple(Held(since, until, "server", "") for since, until in spans)
    failures = replace(population.capabilities["sign_in_failures"], held=held)
    return replace(population, capabilities={**population.capabilities, "sign_in_failures": failures})


# --- Values of parameters


def test_a_given_value_beats_the_settings_and_those_beat_the_default() -> None:
    assert parameter_values(FAILED_LOGINS, {}, {}) == {"threshold": 5}
    assert parameter_values(FAILED_LOGINS, {"threshold": 3}, {}) == {"threshold": 3}
    assert parameter_values(FAILED_LOGINS, {"threshold": 3}, {"threshold": 9}) == {"threshold": 9}


def test_nought_is_a_value_and_an_option_that_was_not_given_is_none() -> None:
    assert parameter_values(FAILED_LOGINS, {"threshold": 3}, {"threshold": 0}) == {"threshold": 0}
    assert parameter_values(FAILED_LOGINS, {"threshold": 0}, {"threshold": None}) == {"threshold": 0}


def test_neither_the_window_nor_what_the_query_does_not_declare_is_a_value() -> None:
    values = parameter_values(BY_DATABASE, {"threshold": 3}, {"database": "Sales", "since": "x", "scope": "phi"})
    assert values == {"database": "Sales"}


def test_a_parameter_without_a_default_has_to_be_given() -> None:
    query = replace(BY_DATABASE, parameters=(replace(BY_DATABASE.parameters[-1], name="data_base"),))
    with pytest.raises(UsageError) as refused:
        parameter_values(query, {}, {})
    assert refused.value.diagnostics() == [
        "statements-by-database needs --data-base. Name of the database in Superset."
    ]


def test_a_value_that_the_query_cannot_answer_for_is_refused() -> None:
    query = shipped().queries["success_after_failures"]
    assert parameter_values(query, {}, {"minutes": 1440})["minutes"] == 1440
    for thresholds, options in (({}, {"minutes": 1441}), ({"minutes": 1441}, {})):
        with pytest.raises(UsageError) as refused:
            parameter_values(query, thresholds, options)
        assert refused.value.diagnostics() == [
            "success-after-failures: minutes is 1441. At most 1440: it looks no further"
        ]


# --- What is not held


def test_nothing_is_unmet_where_the_whole_window_is_held(population: Population) -> None:
    whole = holding(population, (QUARTER.since, QUARTER.until))
    assert list(find_unmet(FAILED_LOGINS, {}, whole)) == []


def test_what_is_partly_held_is_named_with_its_gaps_and_its_remedy(population: Population) -> None:
    august, september = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    (unmet,) = find_unmet(FAILED_LOGINS, {}, holding(population, (august, september)))
    assert (unmet.capability, unmet.title, unmet.answer) == ("sign_in_failures", "Failed sign-ins", "partial")
    assert [(gap.since, gap.until) for gap in unmet.gaps] == [(QUARTER.since, august), (september, QUARTER.until)]
    assert unmet.held_since == august
    assert unmet.reason == "Superset up to 6.1.0 writes no row for a failed sign-in."
    assert "--sign-in-log" in unmet.remedy


def test_what_is_held_nowhere_in_the_window_is_not_held(population: Population) -> None:
    afterwards = holding(population, (QUARTER.until, NOW))
    for nowhere, since in ((holding(population), None), (afterwards, QUARTER.until)):
        (unmet,) = find_unmet(FAILED_LOGINS, {}, nowhere)
        assert (unmet.answer, len(unmet.gaps), unmet.held_since) == ("no", 1, since)


def test_an_open_period_needs_to_be_held_up_to_its_cut_off_alone(population: Population) -> None:
    noon = datetime(2026, 8, 12, 12, tzinfo=UTC)
    held = holding(population, (QUARTER.since, noon))
    assert list(find_unmet(FAILED_LOGINS, {}, replace(held, now=noon))) == []
    (unmet,) = find_unmet(FAILED_LOGINS, {}, replace(held, now=noon + timedelta(seconds=1)))
    assert [(gap.since, gap.until) for gap in unmet.gaps] == [(noon, noon + timedelta(seconds=1))]


def test_a_scope_is_a_capability_named_by_the_parameter(tmp_path: Path) -> None:
    population = seed(tmp_path, held={"scope_phi": []}).population
    assert [unmet.capability for unmet in find_unmet(EXPORTS_OUTSIDE, {"scope": "phi"}, population)] == ["scope_phi"]
    assert list(find_unmet(EXPORTS_OUTSIDE, {"scope": "sensitive"}, population)) == []
    with pytest.raises(UsageError, match="scope_cards is not something a source can hold"):
        list(find_unmet(EXPORTS_OUTSIDE, {"scope": "cards"}, population))


days = st.integers(min_value=-20, max_value=120).map(lambda day: QUARTER.since + timedelta(days=day))


@given(spans=st.lists(st.tuples(days, days), max_size=5))
def test_an_instant_lies_in_a_gap_exactly_where_no_span_holds_it(
    population: Population, spans: list[tuple[datetime, datetime]]
) -> None:
    found = find_unmet(FAILED_LOGINS, {}, holding(population, *spans))
    gaps = [(gap.since, gap.until) for unmet in found for gap in unmet.gaps]
    for number in range((QUARTER.until - QUARTER.since).days):
        instant = QUARTER.since + timedelta(days=number, hours=12)
        held = any(since <= instant < until for since, until in spans)
        assert any(since <= instant < until for since, until in gaps) is not held
    assert all(QUARTER.since <= since < until <= QUARTER.until for since, until in gaps)


# --- Rows, flags, denominators


def test_a_denominator_is_counted_in_the_window_where_its_relation_has_a_time(tmp_path: Path) -> None:
    days = [{"day_since": row["occurred_at"]} for row in edges()]
    seeded = seed(tmp_path, sign_ins=edges(), days=days, accounts=[{}, {}, {}])
    assert seeded.evidence("sign_ins").population == 2
    assert run(seeded, replace(FAILED_LOGINS, reads=("days",), denominator="days")).population == 2
    assert seeded.evidence("access_listing").population == 3
    assert run(seeded, replace(FAILED_LOGINS, denominator=None)).population is None


def test_a_with_of_the_query_as_its_denominator_counts_by_its_parameters(tmp_path: Path) -> None:
    sign_ins = [{"occurred_at": at(f"08-12 09:{minute:02}")} for minute in range(6)]
    sql = """WITH early AS (
    SELECT occurred_at FROM sign_ins WHERE username = $who AND occurred_at >= $since
)
SELECT occurred_at, 'early' AS flag_reason, 'logs:1' AS source_ref FROM early WHERE occurred_at < $until"""
    query = replace(
        FAILED_LOGINS,
        parameters=(*(p for p in FAILED_LOGINS.parameters if p.is_window), Parameter("who", ColumnType.TEXT, "Who.")),
        columns=tuple(c for c in FAILED_LOGINS.columns if c.name in ("occurred_at", "flag_reason", "source_ref")),
        denominator="early",
        sql=sql,
    )
    seeded = seed(tmp_path, sign_ins=[*sign_ins, {"username": "bob"}, {"occurred_at": at("10-01")}])
    evidence = run(seeded, query, who="alice")
    assert (evidence.rows, evidence.population) == (6, 7)


def test_a_denominator_that_the_engine_cannot_count_is_an_error_of_the_run(tmp_path: Path) -> None:
    query = replace(FAILED_LOGINS, denominator="nowhere")
    with pytest.raises(RunError, match="nowhere"):
        run(seed(tmp_path), query)


@pytest.mark.parametrize(("kind", "flagged"), [(Kind.LISTING, 0), (Kind.INDICATOR, 2), (Kind.DEVIATION, 2)])
def test_a_row_is_flagged_by_its_reason_and_in_a_listing_never(kind: Kind, flagged: int, tmp_path: Path) -> None:
    seeded = seed(tmp_path, sign_ins=[{}, {}, {"username": "bob"}])
    evidence = run(seeded, replace(FAILED_LOGINS, kind=kind), threshold=2)
    assert (evidence.rows, evidence.flagged) == (3, flagged)
    assert sum(batch.num_rows for batch in evidence.flagged_rows().batches()) == flagged


def test_every_row_is_flagged_where_no_reason_is_declared(tmp_path: Path) -> None:
    seeded = seed(tmp_path, statements=[{"event_outcome": "failed"}, {"event_outcome": "unknown"}])
    assert seeded.evidence("failed_statements").flagged == 2


def test_the_window_reaches_the_query_as_naive_utc_and_is_kept_with_the_evidence(tmp_path: Path) -> None:
    berlin = Period("2026-Q3", QUARTER.since - timedelta(hours=2), QUARTER.until - timedelta(hours=2), "Europe/Berlin")
    evidence = seed(tmp_path, period=berlin, sign_ins=edges()).evidence("failed_logins", threshold=7)
    assert evidence.parameters == {"since": at("06-30 22:00"), "until": at("09-30 22:00"), "threshold": 7}
    assert evidence.rows == 2  # the row just before midnight UTC at its start, and not the one at its end


def test_equal_rows_have_equal_hashes_whatever_the_folder_and_other_rows_do_not(tmp_path: Path) -> None:
    def digest(*rows: dict[str, object]) -> str:
        return seed(tmp_path, sign_ins=rows).evidence("sign_ins").sha256

    one = cells(username="alice", source_ref="logs:1")
    assert digest(one) == digest(one)
    assert len({digest(one), digest(one | {"username": None}), digest(one | {"username": ""}), digest()}) == 4


# --- Failures


def _divide(query: Query) -> Query:
    return replace(query, sql=query.sql.replace("SELECT username,", "SELECT CAST(username AS INTEGER) AS username,"))


def _mistype(query: Query) -> Query:
    (number,) = (column for column in query.columns if column.name == "fail_login_count")
    columns = tuple(replace(column, type=number.type) for column in query.columns)
    return replace(query, columns=columns)


@pytest.mark.parametrize("broken", [_divide, _mistype], ids=["in the engine", "in the types"])
def test_a_query_that_fails_while_it_runs_is_an_error_in_one_line_and_never_an_empty_result(
    broken: Callable[[Query], Query], tmp_path: Path
) -> None:
    seeded = seed(tmp_path, accounts=[{"username": "alice\nng", "fail_login_count": 1}])
    with pytest.raises(RunError) as failed:
        run(seeded, broken(shipped().queries["failed_login_counters"]))
    assert str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_query_sees_the_relations_of_its_population_and_no_file_beside_it(tmp_path: Path) -> None:
    seeded = seed(tmp_path, accounts=[{"username": "alice", "fail_login_count": 1}])
    (tmp_path / "secret.csv").write_text("username\nmallory\n", encoding="utf-8")
    query = shipped().queries["failed_login_counters"]
    elsewhere = replace(query, sql=query.sql.replace("FROM accounts", f"FROM read_csv('{tmp_path}/secret.csv')"))
    with pytest.raises(RunError, match="disabled"):
        run(seeded, elsewhere)
