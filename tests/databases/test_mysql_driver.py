"""MySQL's rows come as PyMySQL, which is slow and in Python, reads them; and no read outlives who asked for it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pymysql  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from auditctl.errors import SourceError
from auditctl.source import database, mysql_driver
from auditctl.source.convert import to_batch
from auditctl.source.mysql_connect import connect_arguments
from tests.servers.databases import Loaded

from .opened import LOGS, OpenAt, rows

ODD = (
    "SET sql_mode = ''",
    "ALTER TABLE logs MODIFY json LONGBLOB, MODIFY dttm DATETIME(6)",
    "UPDATE logs SET dttm = '0000-00-00 00:00:00' WHERE id = 1",
    "UPDATE logs SET dttm = '2026-00-10 00:00:00' WHERE id = 2",
    "UPDATE logs SET dttm = NULL, action = NULL, json = NULL, user_id = NULL WHERE id = 3",
    "UPDATE logs SET json = X'00ff80fe7b7d', action = CONCAT('a', CHAR(0), 'b') WHERE id = 4",
    "UPDATE logs SET action = X'f09f9880', referrer = '', duration_ms = -9223372036854775808 WHERE id = 5",
    "UPDATE logs SET json = REPEAT('x', 20000000), dttm = '9999-12-31 23:59:59.999999' WHERE id = 6",
    "UPDATE logs SET json = REPEAT('x', 70000), dttm = '2026-11-24 01:00:00.000001' WHERE id = 7",
)
KINDS = """
CREATE TABLE kinds (
  a BIT(1), b BIT(12), c TINYINT, d BIGINT UNSIGNED, e DECIMAL(30, 10), f FLOAT, g DOUBLE, h YEAR, i DATE, j TIME(6),
  k TIMESTAMP(6) NULL, l DATETIME, m CHAR(3), n BINARY(3), o ENUM('x', 'y'), p SET('x', 'y'), q JSON, r UUID, s INET6,
  t POINT, u TEXT CHARACTER SET latin1, v VARCHAR(9) COLLATE utf8mb4_bin
)
"""
VALUES = """
INSERT INTO kinds VALUES
  (b'1', b'101', -128, 18446744073709551615, -1234567890.0000000001, 1.5, 1e300, 2026, '0000-00-00', '-838:59:59.5',
   '2026-11-24 01:02:03.5', '2026-02-30', 'a', X'00ff01', 'y', 'x,y', '{"a"\\: 1}', UUID(), '\\:\\:1', POINT(1, 2),
   '\u00e9', '\U0001f600'),
  (b'0', b'0', 0, 0, 0, -0.1, -0.0, 0, '2026-01-01', '00:00:00', NULL, '1000-01-01', '', '', '', '', NULL, NULL, NULL,
   NULL, '', ''),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL)
"""


class Stop(BaseException):
    """What a signal raises."""


def by_pymysql(maria: Loaded, sql: str) -> list[tuple[Any, ...]]:
    url = maria.url()
    address = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
    with pymysql.connect(**address, database=maria.database, charset="utf8mb4") as slow, slow.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(sql)
        return list(cursor.fetchall())


@contextmanager
def connected(maria: Loaded, **more: Any) -> Iterator[mysql_driver.Connection]:
    with closing(mysql_driver.connect(**connect_arguments(maria.url()), **more)) as connection:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SET time_zone = '+00:00'")
        yield connection


@contextmanager
def stopped_in(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_the_log_is_read_as_pymysql_reads_it(maria: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> None:
    with maria.server.connect(maria.database) as connection:
        for statement in ODD:
            connection.exec_driver_sql(statement)
    monkeypatch.setattr(database, "BATCH", 10)
    source = open_at(maria.url())
    columns = [name for name in LOGS.columns if name in source.facts.tables["logs"]]
    slow = by_pymysql(maria, f"SELECT {', '.join(columns)} FROM logs ORDER BY id")
    expected = [to_batch(LOGS, columns, slow[first : first + 10]) for first in range(0, len(slow), 10)]
    assert len(expected) > 3
    found = list(source.extract(LOGS, tuple(LOGS.columns), None))
    assert [len(batch) for batch in found] == [len(batch) for batch in expected]
    assert all(one.equals(other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("kind", [mysql_driver.Cursor, mysql_driver.Stream])
def test_values_of_every_type_are_those_of_pymysql(maria: Loaded, kind: type[mysql_driver.Cursor]) -> None:
    with maria.server.connect(maria.database) as server:
        server.exec_driver_sql("SET sql_mode = 'ALLOW_INVALID_DATES'")
        server.exec_driver_sql(KINDS)
        server.execute(text(VALUES))
    with connected(maria) as connection, closing(connection.cursor(kind)) as cursor:
        cursor.execute("SELECT * FROM kinds")
        found = list(cursor.fetchall())
    assert [[(type(value), repr(value)) for value in row] for row in found] == [
        [(type(value), repr(value)) for value in row] for row in by_pymysql(maria, "SELECT * FROM kinds")
    ]


def test_a_result_that_is_not_read_to_its_end_is_given_up_at_once(maria: Loaded, open_at: OpenAt) -> None:
    maria.run("INSERT INTO logs (action, json, dttm) SELECT 'x', REPEAT('x', 100), NOW() FROM seq_1_to_300000")
    source = open_at(maria.url())
    batches = iter(source.extract(LOGS, tuple(LOGS.columns), None))
    next(batches)
    began = time.monotonic()
    batches.close()  # type: ignore[attr-defined]
    source.close()
    assert time.monotonic() - began < 0.2


def test_a_server_that_falls_silent_is_given_up(maria: Loaded, open_at: OpenAt) -> None:
    source = open_at(maria.url())
    source._connection.connection.driver_connection.set_read_timeout(0.3)  # type: ignore[union-attr]
    with pytest.raises(SourceError, match="the connection was lost"):
        source.run(text("SELECT sleep(2)"))


def test_a_signal_stops_a_read_at_once(maria: Loaded, open_at: OpenAt) -> None:
    source = open_at(maria.url())
    began = time.monotonic()
    with pytest.raises(Stop), stopped_in(0.3):
        source.run(text("SELECT sleep(2)"))
    source.close()
    assert time.monotonic() - began < 1


def test_the_server_is_reached_by_its_socket(maria: Loaded, open_at: OpenAt) -> None:
    ((data, name),) = maria.run("SELECT @@datadir, @@socket")
    user = maria.server.fresh_name("local")
    maria.run(f"CREATE USER {user}@localhost IDENTIFIED BY 'x'", f"GRANT SELECT ON *.* TO {user}@localhost")
    url = URL.create("mysql", user, "x", database=maria.database, query={"unix_socket": str(Path(data) / name)})
    assert len(rows(open_at(url), None)) == maria.run("SELECT count(*) FROM logs")[0][0]
    maria.run(f"DROP USER {user}@localhost")


@pytest.mark.parametrize("statement", ["SELECT 1; SELECT 2", "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE logs"])
def test_neither_two_statements_nor_a_local_file_are_sent(maria: Loaded, statement: str) -> None:
    with connected(maria) as connection, closing(connection.cursor()) as cursor:
        with pytest.raises(mysql_driver.Error, match=r"SQL syntax|not allowed|disabled"):
            cursor.execute(statement)
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_warnings_of_the_server_are_not_printed(maria: Loaded, capfd: pytest.CaptureFixture[str]) -> None:
    with connected(maria) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT CAST('CANARY' AS INTEGER)")
        assert cursor.fetchone() == (0,)
    assert capfd.readouterr() == ("", "")
