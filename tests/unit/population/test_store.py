"""A population is read again as it was saved, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditctl.errors import ExitCode, IntegrityError
from auditctl.period import Period
from auditctl.population.model import Capability, Held, InputFile, Population, RelationFile, TableExtract
from auditctl.population.store import load, save
from auditctl.source.interface import ReadPoint, Role, SourceFacts

AT = datetime(2026, 11, 24, 1, 56, 17, 572365, tzinfo=UTC)
SOURCE = SourceFacts(
    source_id="0123456789abcdef",
    alias="main",
    dialect="sqlite",
    server_version="SQLite 3.40.1",
    superset_version=None,
    profile="superset",
    read_point=ReadPoint("postgresql-standby", "lsn:0/1", AT, standby=True, lag=1.5, writing_since=AT),
    tables=MappingProxyType({"logs": ("id", "action")}),
    role=Role("auditor", ("may write the file",), ("UPDATE on ab_user",)),
    clock_skew=None,
    zone="America/New_York",
)
EXTRACT = TableExtract(
    source_id=SOURCE.source_id,
    name="logs",
    rows=206,
    counted=207,
    unreadable=1,
    sha256="ab" * 32,
    min_id=1,
    max_id=206,
    min_at=AT,
    max_at=None,
    sql="SELECT id FROM logs",
    counting_sql="SELECT count(*) FROM logs",
)
HELD = Held(AT, AT + timedelta(hours=1), "server", "from the first row of its family")


def population(folder: Path, **changes: Any) -> Population:
    return replace(
        Population(
            dir=folder,
            period=Period(
                "2026-Q4", datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "Europe/Berlin"
            ),
            extracted_since=datetime(2026, 9, 30, tzinfo=UTC),
            sources=(SOURCE,),
            tables=(EXTRACT,),
            relations={"events": RelationFile("events", 131, "cd" * 32)},
            capabilities={"log_rows": Capability("log_rows", "Rows", (HELD,), "why", "what to do")},
            redactions={"logs.json": 7},
            inputs=(
                InputFile("leavers", "leavers.csv", "ef" * 32, 4, "note"),
                InputFile("tickets", "tickets.csv", "ef" * 32, 4, "", date(2026, 11, 24), "the ticket system"),
            ),
            unmapped={"Nobody.knows": 3},
            now=AT,
            now_is_set=True,
            attempts=2,
        ),
        **changes,
    )


def test_a_population_is_read_as_it_was_saved(tmp_path: Path) -> None:
    saved = population(tmp_path)
    save(saved)
    assert load(tmp_path) == saved


def test_a_population_of_an_older_version_was_read_at_once(tmp_path: Path) -> None:
    saved = population(tmp_path)
    save(saved)
    path = tmp_path / "population.json"
    data = json.loads(path.read_bytes())
    del data["attempts"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert load(tmp_path) == replace(saved, attempts=1)


def test_a_population_can_be_moved(tmp_path: Path) -> None:
    save(population(tmp_path))
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    tmp_path.rename(moved)
    assert load(moved) == population(moved)
    assert load(moved).path("events") == moved / "events.parquet"


def test_saving_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    save(population(tmp_path))
    first = (tmp_path / "population.json").read_bytes()
    save(load(tmp_path))
    assert (tmp_path / "population.json").read_bytes() == first


def test_what_is_saved_is_text_for_people_and_names_no_folder(tmp_path: Path) -> None:
    save(population(tmp_path, redactions={"zoë.json": 1}))
    text = (tmp_path / "population.json").read_text(encoding="utf-8")
    assert '"zoë.json": 1' in text
    assert str(tmp_path) not in text
    assert json.loads(text)["extracted_since"] == "2026-09-30T00:00:00+00:00"


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
INSTANTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]))


@given(
    names=st.dictionaries(TEXT, st.integers(), max_size=3),
    at=INSTANTS,
    maybe=st.none() | INSTANTS,
    number=st.none() | st.integers(),
    skew=st.none() | st.floats(allow_nan=False),
    text=TEXT,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_it_survives(
    tmp_path: Path,
    names: dict[str, int],
    at: datetime,
    maybe: datetime | None,
    number: int | None,
    skew: float | None,
    text: str,
) -> None:
    saved = population(
        tmp_path,
        sources=(replace(SOURCE, clock_skew=skew, role=Role(text, ()), zone=None), SOURCE),
        tables=(replace(EXTRACT, min_at=maybe, min_id=number, name=text),),
        redactions=names,
        unmapped=names,
        now=at,
        capabilities={text: Capability(text, text, (replace(HELD, since=at),), text, text)},
    )
    save(saved)
    assert load(tmp_path) == saved


def broken(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def rewrite(text: str) -> str:
        data = json.loads(text)
        change(data)
        return json.dumps(data)

    return rewrite


@pytest.mark.parametrize(
    "rewrite",
    [
        pytest.param(lambda text: text[: len(text) // 2], id="cut off"),
        pytest.param(lambda _: "[]", id="a list"),
        pytest.param(lambda _: "null", id="nothing"),
        pytest.param(broken(lambda data: data.pop("schema")), id="no schema"),
        pytest.param(broken(lambda data: data.update(schema="auditctl-population/2")), id="of another version"),
        pytest.param(broken(lambda data: data.pop("tables")), id="no tables"),
        pytest.param(broken(lambda data: data.update(now="tomorrow")), id="no time"),
        pytest.param(broken(lambda data: data.update(now="2026-10-01T00:00:00")), id="a time without a zone"),
        pytest.param(broken(lambda data: data["period"].update(until=data["period"]["since"])), id="an empty period"),
        pytest.param(lambda _: "[" * 100_000, id="nested without end"),
        pytest.param(broken(lambda data: data["tables"][0].pop("counted")), id="no count"),
        pytest.param(broken(lambda data: data["tables"][0].update(extra=1)), id="more than is known"),
        pytest.param(broken(lambda data: data.update(sources=[None])), id="no source"),
        pytest.param(broken(lambda data: data.update(capabilities=[])), id="no capabilities"),
    ],
)
def test_what_is_no_population_is_refused_in_one_line(tmp_path: Path, rewrite: Callable[[str], str]) -> None:
    save(population(tmp_path))
    path = tmp_path / "population.json"
    path.write_text(rewrite(path.read_text(encoding="utf-8")), encoding="utf-8")
    _assert_refused(tmp_path)


def test_a_folder_without_a_population_is_refused(tmp_path: Path) -> None:
    _assert_refused(tmp_path)
    (tmp_path / "population.json").write_bytes(b"\xff\xfe")
    _assert_refused(tmp_path)


def _assert_refused(folder: Path) -> None:
    with pytest.raises(IntegrityError) as error:
        load(folder)
    (line,) = error.value.diagnostics()
    assert line.startswith(f"{folder} is not a population: ")
    assert "\n" not in line
    assert error.value.exit_code is ExitCode.INTEGRITY


def test_a_mismatch_and_unread_rows_are_told(tmp_path: Path) -> None:
    assert population(tmp_path).mismatches == (EXTRACT,)
    assert population(tmp_path).unreadable == 1
    sound = replace(EXTRACT, counted=206, unreadable=0)
    assert population(tmp_path, tables=(sound,)).mismatches == ()


def test_the_evidence_of_an_open_period_ends_at_the_present(tmp_path: Path) -> None:
    assert population(tmp_path).cut_off == AT
    assert population(tmp_path, now=datetime(2027, 5, 1, tzinfo=UTC)).cut_off == datetime(2027, 1, 1, tzinfo=UTC)
