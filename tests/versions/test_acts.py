"""The same acts are seen in every version, as far as the version writes them down."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing

import pytest

from tests.fixture.built import Built

from .conftest import database, logged
from .ledger import take_stock
from .printed import PROPERTY, REFUSED
from .truth import NO_BODIES, VERSIONS, acts, sent

KINDS = "('view', 'data_request', 'statement', 'export', 'content_change', 'access_change')"
SEEN = f"reported_by = 'server' AND kind IN {KINDS}"
Named = Counter[tuple[str, str, str, str, str | None]]

STREAM = ("alice", "export", "export", "statement", "1")
OWN_PROFILE = ("alice", "access_change", "update", "account", "2")


def named(built: Built) -> Named:
    """Count who did what to which object; carol apart, who could not sign in to 3.1.3 and 4.1.4."""
    return Counter(
        built.rows(
            f"SELECT username, kind, verb, object_type, object_id FROM events WHERE {SEEN} AND username <> 'carol'"
        )
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_acts_account_for_every_row_once(version: str) -> None:
    spans = [act.source_ref.removeprefix("logs:").partition("-") for act in acts(version)]
    rows = [row for first, _, last in spans for row in range(int(first), int(last or first) + 1)]
    with closing(sqlite3.connect(database(version))) as connection:
        assert sorted(rows) == [row for (row,) in connection.execute("SELECT id FROM logs ORDER BY id")]


def test_every_version_was_sent_the_same_requests() -> None:
    requests = {tuple((line["who"], line["step"], line["m"]) for line in sent(version)) for version in VERSIONS}
    assert [len(lines) for lines in requests] == [169]


# Edits that were answered 400 or more: by hand from the client's log.
@pytest.mark.parametrize(("version", "refused"), [("3.1.3", 9), ("4.1.4", 6), ("5.0.0", 7), ("6.1.0", 7)])
def test_every_act_is_seen_as_what_it_was_and_no_refused_edit_as_a_change(
    day: Mapping[str, Built], version: str, refused: int, record_property: Callable[[str, object], None]
) -> None:
    stock = take_stock(version, day[version])
    record_property(PROPERTY, (version, stock))
    assert {kind: counts for kind, counts in stock.items() if counts != (counts[0], counts[0], 0, 0)} == {}
    assert stock[REFUSED][0] == refused


@pytest.mark.parametrize("version", VERSIONS)
def test_every_action_of_a_version_is_known(day: Mapping[str, Built], version: str) -> None:
    assert day[version].population.unmapped == {}
    assert day[version].rows("SELECT DISTINCT action FROM log_rows WHERE rule IS NULL") == []


@pytest.mark.parametrize(
    ("version", "rows"), [("3.1.3", [1]), ("4.1.4", [2, 2]), ("5.0.0", [7, 7, 7]), ("6.1.0", [6, 6, 6])]
)
def test_a_charts_request_is_one_act_however_many_rows_it_took(
    day: Mapping[str, Built], version: str, rows: list[int]
) -> None:
    # On a dashboard: alice chart 1, bob chart 3, and where she could sign in, carol chart 2.
    found = day[version].rows(
        "SELECT rows_folded FROM events WHERE action = 'ChartDataRestApi.data' AND dashboard_id IS NOT NULL"
    )
    assert [folded for (folded,) in found] == (rows if len(rows) > 1 else rows * 2)


@pytest.mark.parametrize(
    ("version", "refs"),
    [("3.1.3", []), ("4.1.4", ["logs:124"]), ("5.0.0", ["logs:199-201"]), ("6.1.0", ["logs:191-192"])],
)
def test_timing_rows_are_no_act_of_a_person(day: Mapping[str, Built], version: str, refs: list[str]) -> None:
    # What no request caused is the run of an alert, of which 3.1.3 writes nothing.
    assert day[version].rows("SELECT source_ref FROM events WHERE kind = 'scheduled_run'") == [(ref,) for ref in refs]
    assert day[version].rows("SELECT source_ref FROM events WHERE kind = 'inner'") == []


@pytest.mark.parametrize("version", VERSIONS)
def test_what_browsers_sent_is_theirs_and_proves_nothing(day: Mapping[str, Built], version: str) -> None:
    beacons = [row for line in sent(version) if line["url"].startswith("/superset/log/") for row, *_ in line["rows"]]
    rows = day[version].rows("SELECT source_ref, event_outcome FROM events WHERE reported_by <> 'server'")
    assert dict(rows) == {f"logs:{row}": "unknown" for row in beacons}


def test_a_chart_that_is_none_is_stored_as_0_by_3_1_3_and_is_no_object(day: Mapping[str, Built]) -> None:
    with closing(sqlite3.connect(database(NO_BODIES))) as connection:
        assert connection.execute("SELECT count(*) FROM logs WHERE slice_id = 0").fetchone() == (106,)
    for built in day.values():
        zero = "object_id = '0' OR 0 IN (dashboard_id, chart_id, dataset_id, database_id)"
        assert built.rows(f"SELECT source_ref FROM events WHERE {zero}") == []


def test_4_1_and_5_0_tell_the_same_day(day: Mapping[str, Built]) -> None:
    assert named(day["4.1.4"]) == named(day["5.0.0"])


def test_6_1_tells_two_acts_more_which_older_ones_have_no_way_to_do(day: Mapping[str, Built]) -> None:
    assert named(day["6.1.0"]) - named(day["5.0.0"]) == Counter([STREAM, OWN_PROFILE])
    assert named(day["5.0.0"]) - named(day["6.1.0"]) == Counter()


def test_3_1_tells_less_of_what_only_a_body_said(day: Mapping[str, Built]) -> None:
    lost = named(day["4.1.4"]) - named(day[NO_BODIES])
    # Read off the day: 3 exports, 2 requests for data of a dataset, 1 sample, 6 statements' database. 4.1.4 deleted
    # chart 4 and dashboards 3 and 5, which 3.1.3 refused: so there, who made them is known.
    assert lost == Counter(
        {
            ("alice", "export", "export", "dataset", "1"): 1,
            ("alice", "export", "export", "chart", None): 1,
            ("unattributed", "export", "export", "dataset", "1"): 1,
            ("alice", "data_request", "query", "dataset", "1"): 1,
            ("unattributed", "data_request", "query", "dataset", "2"): 1,
            ("alice", "data_request", "sample", "dataset", "1"): 1,
            ("alice", "statement", "run", "database", "1"): 5,
            ("bob", "statement", "run", "database", "1"): 1,
            ("admin", "content_change", "create", "dashboard", None): 1,
            ("admin", "content_change", "create", "chart", None): 1,
            ("bob", "content_change", "create", "dashboard", None): 1,
        }
    )


def test_two_lists_within_a_second_are_two_acts_where_a_list_is_one_row(changed: Callable[..., Built]) -> None:
    again = logged("DashboardRestApi.get_list", "2026-11-24 03:14:52", '{"path": "/api/v1/dashboard/", "q": "()"}')
    built = changed("3.1.3", again, again)
    assert built.rows("SELECT rows_folded FROM events WHERE action = 'DashboardRestApi.get_list'") == [(1,), (1,), (1,)]


def test_actions_of_other_releases_and_of_rarer_acts_are_known(changed: Callable[..., Built]) -> None:
    # Read in the packages of 3.0 to 6.1; the scripted day did none of them.
    names = [
        "query",
        "history",
        "permalink_view",
        "FilterSetRestApi.post",
        "DashboardFilterStateRestApi.put",
        "ExploreFormDataRestApi.post",
        "ThemeRestApi.get_list",
        "TagRestApi.info",
        "DatabaseRestApi.csv_metadata",
        "test_connection_attempt.ssh_tunnel",
        "ssh_tunnel_creation_failed.SSHTunnelInvalidError.X",
    ]
    built = changed("6.1.0", *(logged(name, "2026-11-10 08:00:00", "{}") for name in names))
    assert built.population.unmapped == {}


def test_data_asked_for_by_the_old_query_interface_are_one_act(changed: Callable[..., Built]) -> None:
    path = '{"path": "/api/v1/query/"}'
    at = "2026-11-10 08:00:00"
    built = changed("4.1.4", logged("execute_sql", at, path), logged("query", at, path))
    rows = built.rows("SELECT source_ref, username, kind, verb, object_type FROM events WHERE action = 'query'")
    assert rows == [("logs:136-137", "alice", "data_request", "query", "dataset")]
