"""What the tables with a life of their own still hold, and how alerts and reports ended."""

from __future__ import annotations

from datetime import UTC, date, datetime

from .made import NOW, YEAR, Superset

RUNS = "INSERT INTO report_execution_log (id, scheduled_dttm, start_dttm, end_dttm, state, report_schedule_id) VALUES "


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}")


def states(number: int, day: str, *ended: str, schedule: int = 1) -> str:
    """Return the rows of one run, one per state that it went through."""
    begun = f"'2026-{day} 09:00:00', '2026-{day} 09:00:02'"
    return ", ".join(
        f"({number + n}, {begun}, '2026-{day} 09:00:0{n + 3}', '{state}', {schedule})" for n, state in enumerate(ended)
    )


def test_a_run_is_one_row_with_the_state_that_it_ended_in(superset: Superset) -> None:
    superset.sql(
        "DELETE FROM report_execution_log",
        RUNS + states(1, "07-06", "Working", "Success"),
        RUNS + states(3, "07-13", "Working", "Error", "Error"),
        RUNS + states(6, "07-20", "Working"),
        RUNS + states(7, "07-20", "Working", "Not triggered", schedule=2),
        RUNS + states(9, "07-27", "Success", schedule=99),
    )
    columns = "source_ref, occurred_at, ended_at, schedule, type, state"
    assert superset.build("schedule_runs").rows(f"SELECT {columns} FROM schedule_runs") == [
        (
            "report_execution_log:2",
            moment("07-06 09:00:02"),
            moment("07-06 09:00:04"),
            "Weekly orders",
            "Report",
            "Success",
        ),
        (
            "report_execution_log:5",
            moment("07-13 09:00:02"),
            moment("07-13 09:00:05"),
            "Weekly orders",
            "Report",
            "Error",
        ),
        ("report_execution_log:6", moment("07-20 09:00:02"), None, "Weekly orders", "Report", "Working"),
        (
            "report_execution_log:8",
            moment("07-20 09:00:02"),
            moment("07-20 09:00:04"),
            "Low stock",
            "Alert",
            "Not triggered",
        ),
        ("report_execution_log:9", moment("07-27 09:00:02"), moment("07-27 09:00:03"), None, None, "Success"),
    ]


def test_a_table_reaches_as_far_as_all_its_rows_not_those_of_the_window(superset: Superset) -> None:
    superset.sql(
        "DELETE FROM report_execution_log",
        RUNS + states(1, "07-06", "Working", "Success"),
        "INSERT INTO query (id, client_id, database_id, start_time) VALUES (1, 'a', 1, 1735689600000)",
        "INSERT INTO query (id, client_id, database_id, start_time) VALUES (2, 'b', 1, 1798761600000)",
    )
    superset.log("welcome", "2025-02-03 04:05:06.000000")
    superset.log("welcome", None)
    # 1735689600 is 2025-01-01 00:00 UTC, 1798761600 is 2027-01-01 00:00 UTC: the window is 2026.
    assert superset.build("table_spans", period=YEAR).rows("SELECT * FROM table_spans") == [
        ("logs", 2, 1, datetime(2025, 2, 3, 4, 5, 6), datetime(2025, 2, 3, 4, 5, 6)),  # noqa: DTZ001 - relations are naive
        ("query", 2, 0, datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
        ("report_execution_log", 2, 0, moment("07-06 09:00:02"), moment("07-06 09:00:02")),
    ]


def test_the_months_that_have_rows_are_told_of_each_table(superset: Superset) -> None:
    # 1735689600 is 2025-01-01 00:00 UTC: a second before it and a second after it are of two months.
    superset.sql(
        "DELETE FROM report_execution_log",
        "INSERT INTO query (id, client_id, database_id, start_time) VALUES (1, 'a', 1, 1735689599000)",
        "INSERT INTO query (id, client_id, database_id, start_time) VALUES (2, 'b', 1, 1735689601000)",
        "INSERT INTO query (id, client_id, database_id, start_time) VALUES (3, 'c', 1, 1735776000000)",
    )
    superset.log("welcome", "2026-02-03 04:05:06.000000")
    superset.log("log", "2026-02-28 23:59:59.000000")
    superset.log("welcome", "2026-04-01 00:00:00.000000")
    assert superset.build("table_months", period=YEAR).rows("SELECT table_name, month, rows FROM table_months") == [
        ("logs", date(2026, 2, 1), 2),
        ("logs", date(2026, 4, 1), 1),
        ("query", date(2024, 12, 1), 1),
        ("query", date(2025, 1, 1), 2),
    ]


def test_a_lone_early_statement_does_not_speak_for_the_empty_months_after_it(superset: Superset) -> None:
    # The present is 2026-12-24. Times: 2026-01-05, 2026-11-20 and 2026-12-01, 12:00 UTC.
    for key, milliseconds in enumerate((1767614400000, 1795176000000, 1796126400000), start=1):
        superset.sql(
            f"INSERT INTO query (id, client_id, database_id, start_time) VALUES ({key}, 'c{key}', 1, {milliseconds})"
        )
    capability = superset.build("statements", requires=("sql_statements",)).population.capabilities["sql_statements"]
    assert [(span.since, span.until, span.reason) for span in capability.held] == [
        (
            datetime(2026, 1, 5, 12, tzinfo=UTC),
            datetime(2026, 1, 5, 12, 0, 0, 1, tzinfo=UTC),
            "from its first surviving row",
        ),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), NOW, "from its first row after a month without one"),
    ]
    assert capability.over(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)).answer == "no"


def test_a_table_that_is_not_there_reaches_nowhere(superset: Superset) -> None:
    superset.sql("DROP TABLE report_execution_log")
    built = superset.build("table_spans", "schedule_runs", requires=("schedule_runs",))
    assert built.rows("SELECT * FROM table_spans") == [("logs", 0, 0, None, None), ("query", 0, 0, None, None)]
    capability = built.population.capabilities["schedule_runs"]
    assert (capability.held, capability.reason) == ((), "This database has no table report_execution_log.")
