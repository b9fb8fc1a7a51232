"""What absent ids show, and what they do not."""

from __future__ import annotations

from auditctl.doctor.absence import find_absence
from auditctl.doctor.indexes import advise
from auditctl.doctor.model import Absence, Count, Edge, Known, TableState

USER_TIME = (("user_id", "dttm"),)


def state(lowest: int, highest: int, rows: int, known: Known = Known.COUNTED) -> TableState:
    return TableState("logs", Count(rows, known), None, Edge(lowest, None), Edge(highest, None), analysed=True)


def absence(table: TableState, dialect: str = "postgresql") -> Absence:
    found = find_absence(table, dialect)
    assert found is not None
    return found


def test_ids_below_the_lowest_and_between_are_told_apart() -> None:
    found = absence(state(5, 14, 8))  # 1 to 4; and of 5 to 14, which are ten, two
    assert (found.below, found.between) == (4, 2)
    assert "Ids 1 to 4 are absent from logs: removed, or they never were." in found.sentence
    assert "2 (20.0%) are absent" in found.sentence


def test_an_absent_id_may_never_have_been_given() -> None:
    said = absence(state(3, 300, 100)).sentence  # auto_increment_increment=3
    assert "198 (66.4%) are absent: removed, or never given (" in said
    for reason in ("rolled-back inserts", "sequence caches", "auto_increment_increment"):
        assert reason in said


def test_a_log_without_a_gap_says_so() -> None:
    found = absence(state(1, 10, 10))
    assert (found.below, found.between) == (0, 0)
    assert found.sentence == "logs begins at id 1. Of the 10 ids from there none is absent."


def test_an_estimate_shows_no_gap() -> None:
    found = absence(state(1, 1_000_000, 951_249, Known.ESTIMATED))
    assert found.between is None
    assert "takes a count: --exact" in found.sentence


def test_on_sqlite_a_gap_proves_nothing() -> None:
    assert "SQLite gives ids again" in absence(state(2, 3, 2), "sqlite").sentence
    assert "SQLite" not in absence(state(2, 3, 2)).sentence


def test_a_table_without_rows_has_no_absent_ids() -> None:
    assert find_absence(TableState("logs", Count(0, Known.COUNTED), 0, None, None, analysed=True), "mysql") is None


def test_an_index_is_advised_only_where_it_matters() -> None:
    assert advise(state(1, 1_000_000, 1_000_000), USER_TIME, "postgresql").sql is None
    assert "USING brin (dttm)" in (advise(state(1, 1_000_001, 1_000_001), USER_TIME, "postgresql").sql or "")


def test_the_index_is_on_the_column_that_the_time_is_read_from() -> None:
    advised = advise(state(1, 1_000_001, 1_000_001), (*USER_TIME, ("dttm",)), "postgresql", "timestamp")
    assert advised.sql == "CREATE INDEX CONCURRENTLY logs_timestamp_brin ON logs USING brin (timestamp)"


def test_no_index_is_advised_where_one_is_there_or_none_helps() -> None:
    large = state(1, 2_000_000, 2_000_000)
    assert advise(large, (*USER_TIME, ("dttm",)), "postgresql").sql is None
    assert advise(large, USER_TIME, "mariadb").sql is None
