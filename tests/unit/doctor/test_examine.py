"""What the doctor says of a log that was made row by row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditctl.doctor import activity
from auditctl.doctor.model import Count, Edge, Known
from auditctl.settings import Scope, Settings, Source
from auditctl.source.probes import Slice

from .made import NOW, Made, Row, capability, codes, table

FIXTURE = Path(__file__).parents[2] / "data" / "superset-6.1-metadata.sqlite"
DECLARED = Settings(now=NOW, source=Source(server_zone="UTC", in_service_since=date(2026, 1, 1)))


def day(number: int, hour: int = 12, minute: int = 0) -> str:
    return f"2026-11-{number:02} {hour:02}:{minute:02}:00.000000"


def test_the_last_hour_and_day_are_counted_back_from_the_present(made: Made) -> None:
    made.log(
        [
            (1, "welcome", day(23, 11, 59), None),
            (2, "welcome", day(23, 12), None),
            (3, "welcome", day(24, 10), None),
            (4, "welcome", day(24, 11), None),
            (5, "welcome", day(24, 11, 30), None),
        ]
    )
    found = made.examine().activity
    assert found is not None
    assert found.last_hour == Count(2, Known.COUNTED)
    assert found.last_day == Count(4, Known.COUNTED)


def test_the_edges_are_the_rows_of_the_lowest_and_the_highest_id(made: Made) -> None:
    made.log([(7, "welcome", day(24, 9), None), (9, "welcome", day(24, 8), None)])
    logs = table(made.examine())
    assert logs.lowest == Edge(7, datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert logs.highest == Edge(9, datetime(2026, 11, 24, 8, tzinfo=UTC))


def test_growth_needs_a_day_of_rows(made: Made) -> None:
    rows: list[Row] = [(n, "welcome", day(20 + n // 3, 12), None) for n in range(1, 7)]  # days 20 to 22
    made.log(rows[:2])
    first = made.examine().activity
    made.log(rows[2:])
    second = made.examine().activity
    assert first is not None
    assert second is not None
    assert first.growth is None
    assert second.growth is not None
    assert second.growth.per_day == 3.0  # six rows in two days


def test_an_action_that_nobody_knows_is_unmapped(made: Made) -> None:
    made.log([(1, "welcome", day(24), None), (2, "Own.thing", day(24), None), (3, "welcome", day(24), None)])
    found = made.examine().activity
    assert found is not None
    assert [(one.action, one.rows, one.kind) for one in found.actions] == [
        ("welcome", 2, "page"),
        ("Own.thing", 1, None),
    ]
    assert [one.action for one in found.unmapped] == ["Own.thing"]


@pytest.fixture
def seven(made: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Seven rows, of which the earliest two and the latest two are looked at."""
    monkeypatch.setattr(activity, "EARLIEST", Slice(2, newest=False))
    monkeypatch.setattr(activity, "LATEST", Slice(2))
    actions = ["dashboard", "welcome", "log", "DashboardRestApi.put", "welcome", "DashboardRestApi.put", "welcome"]
    made.log([(n, action, day(10 + n), None) for n, action in enumerate(actions, start=1)])
    return made


def test_a_family_among_the_earliest_rows_is_held_from_its_first_row(seven: Made) -> None:
    state = capability(seven.examine(), "dashboard_views")
    assert state.capability.first_held == datetime(2026, 11, 11, 12, tzinfo=UTC)
    assert not state.at_least


def test_a_family_among_the_latest_rows_alone_is_held_at_least_from_there(seven: Made) -> None:
    state = capability(seven.examine(), "content_changes")
    assert state.capability.first_held == datetime(2026, 11, 16, 12, tzinfo=UTC)
    assert state.at_least


def test_a_family_that_was_not_seen_is_said_with_the_rows_looked_at(seven: Made) -> None:
    state = capability(seven.examine(), "browser_reports")
    assert state.capability.held == ()
    assert state.capability.reason.startswith("Not seen in the 4 rows looked at. ")


def test_exact_looks_at_all_rows(seven: Made) -> None:
    found = seven.examine(exact=True)
    changes, reports = (capability(found, name) for name in ("content_changes", "browser_reports"))
    assert changes.capability.first_held == datetime(2026, 11, 14, 12, tzinfo=UTC)
    assert reports.capability.first_held == datetime(2026, 11, 13, 12, tzinfo=UTC)
    assert (changes.at_least, reports.at_least) == (False, False)
    assert found.activity is not None
    assert (found.activity.latest, found.activity.complete) == (7, True)


def test_a_log_that_fits_is_looked_at_whole_and_once(made: Made) -> None:
    made.log([(1, "welcome", day(24), None), (2, "log", day(24), None)])
    found = made.examine()
    assert found.activity is not None
    assert (found.activity.earliest, found.activity.latest, found.activity.complete) == (0, 2, True)
    assert "rows looked at" not in capability(found, "exports").capability.reason


def test_a_recorder_is_held_where_its_heartbeats_are(made: Made) -> None:
    beat = '{"recorder": 1, "kinds": ["sign_in"]}'
    minutes = (0, 5, 10, 30, 35)  # silent for more than 15 minutes after 9:10
    made.log([(n, "RecorderHeartbeat", day(24, 9, minute), beat) for n, minute in enumerate(minutes, start=1)])
    spans = capability(made.examine(), "sign_in_successes").capability.held
    assert [(span.since.minute, span.until.minute) for span in spans] == [(0, 15), (30, 40)]


def test_the_last_row_of_a_kind_is_told_beside_what_is_held(made: Made) -> None:
    beat = '{"recorder": 1, "kinds": ["sign_in", "refusal"]}'
    signed, at = '{"recorder": 1, "event_outcome": "succeeded"}', day(24, 9, 1)
    made.log([(1, "RecorderHeartbeat", day(24, 9), beat), (2, "UserLoggedIn", at, signed)])
    found = made.examine()
    signed_in = capability(found, "sign_in_successes").capability
    assert signed_in.last_row == datetime(2026, 11, 24, 9, 1, tzinfo=UTC)
    refused = capability(found, "refused_acts").capability
    assert (len(refused.held), refused.last_row) == (1, None)


def test_many_ids_are_a_bound_and_exact_counts_them(made: Made) -> None:
    made.log([(1, "welcome", day(24), None), (100_001, "welcome", day(24), None)])
    assert table(made.examine()).rows == Count(100_001, Known.AT_MOST)
    assert table(made.examine(exact=True)).rows == Count(2, Known.COUNTED)


def test_sqlite_statistics_are_an_estimate(made: Made) -> None:
    made.log([(1, "welcome", day(24), None), (100_001, "welcome", day(24), None)])
    with closing(sqlite3.connect(made.path)) as connection:
        connection.executescript("CREATE INDEX ix ON logs (action); ANALYZE;")
    logs = table(made.examine())
    assert (logs.rows, logs.analysed) == (Count(2, Known.ESTIMATED), True)


def test_the_indexes_of_the_log_are_named(made: Made) -> None:
    with closing(sqlite3.connect(made.path)) as connection:
        connection.execute("CREATE INDEX ix_logs_user_id_dttm ON logs (user_id, dttm)")
    indexes = made.examine().indexes
    assert indexes is not None
    assert indexes.present == (("user_id", "dttm"),)


def test_a_database_without_a_log_is_examined_as_far_as_it_goes(made: Made) -> None:
    made.path.write_bytes(FIXTURE.read_bytes())
    with closing(sqlite3.connect(made.path)) as connection:
        connection.execute("DROP TABLE logs")
    found = made.examine()
    assert "log_missing" in codes(found)
    assert (found.activity, found.indexes) == (None, None)
    log, accounts = (capability(found, name).capability for name in ("log_rows", "accounts_now"))
    assert (log.held, log.reason) == ((), "This database has no table logs.")
    assert accounts.held != ()


def test_counting_the_last_hour_stops_somewhere(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "_MOST_RECENT", 2)
    made.log([(n, "welcome", day(24, 11, 50 + n), None) for n in range(3)])
    found = made.examine().activity
    assert found is not None
    assert found.last_hour == Count(2, Known.AT_LEAST)


def test_an_empty_log_is_something_to_act_on(made: Made) -> None:
    found = made.examine(settings=DECLARED)
    assert "log_empty" in codes(found)
    assert (found.activity, found.absences) == (None, ())
    assert found.retention.readings == ()


@pytest.mark.parametrize(("last", "silent"), [("2026-11-23 12:00:00", False), ("2026-11-23 11:59:59", True)])
def test_a_log_without_a_row_for_a_day_is_something_to_act_on(made: Made, last: str, silent: bool) -> None:
    made.log([(1, "welcome", "2026-01-01 08:00:00", None), (2, "welcome", last, None)])
    assert ("log_silent" in codes(made.examine(settings=DECLARED))) is silent


def test_heartbeats_do_not_break_the_silence(made: Made) -> None:
    beats: list[Row] = [(n, "RecorderHeartbeat", day(n), '{"kinds": []}') for n in range(2, 25)]
    made.log([(1, "welcome", "2026-11-01 08:00:00", None), *beats])
    (said,) = (one for one in made.examine().findings if one.code == "log_silent")
    # From 8:00 on the 1st to noon on the 24th.
    assert "beside the recorder's heartbeats is of 2026-11-01 08:00 UTC, 23 days before the present." in said.sentence
    made.log([(25, "recorderheartbeat", day(24), None)])
    assert "log_silent" not in codes(made.examine())


def test_latest_rows_that_are_heartbeats_alone_are_said_to_be(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made.log([(1, "welcome", day(24, 8), None)])
    made.log([(n, "RecorderHeartbeat", day(24, 9, n), '{"kinds": []}') for n in (2, 3)])
    assert "log_silent" not in codes(made.examine())
    monkeypatch.setattr(activity, "EARLIEST", Slice(1, newest=False))
    monkeypatch.setattr(activity, "LATEST", Slice(2))
    (said,) = (one for one in made.examine().findings if one.code == "log_silent")
    assert said.sentence.startswith("All 2 latest rows of the log by id are heartbeats of the recorder")


def test_what_is_declared_is_no_finding(made: Made) -> None:
    made.log([(n, "welcome", f"2026-{n:02}-01 08:00:00", None) for n in range(1, 12)])
    about = {"zone_undeclared", "retention_short"}
    assert about & set(codes(made.examine())) == about
    assert about & set(codes(made.examine(settings=DECLARED))) == set()


def test_a_first_row_without_a_time_leaves_the_first_time_that_is_there(made: Made) -> None:
    made.log([(1, "welcome", None, None), (2, "welcome", day(3), None), (3, "log", day(24), None)])
    assert made.examine().retention.since == datetime(2026, 11, 3, 12, tzinfo=UTC)


def test_a_declared_scope_is_held(made: Made) -> None:
    scoped = replace(DECLARED, scopes=(Scope("phi", databases=("clinic",)),))
    assert capability(made.examine(), "scope_phi").capability.held == ()
    assert capability(made.examine(settings=scoped), "scope_phi").capability.held != ()


def test_the_file_is_not_written(made: Made, tmp_path: Path) -> None:
    made.log([(1, "welcome", day(24), None)])
    before = made.path.read_bytes()
    made.examine(exact=True)
    assert made.path.read_bytes() == before
