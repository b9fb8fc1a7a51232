"""On a standby or a replica the evidence ends where it has replayed its primary, and a period is not final before."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from auditctl.errors import SourceError
from auditctl.source import postgresql
from auditctl.source.database import DatabaseSource
from auditctl.source.postgresql import PostgresqlSource
from tests.servers.databases import Databases, Loaded
from tests.servers.launch import free_port, launching, program
from tests.servers.load import load
from tests.servers.mariadb import start_mariadb
from tests.servers.postgresql import folders
from tests.servers.server import Server

from .opened import FIXTURE, LOGS, OpenAt, rows


@pytest.fixture(scope="module")
def standby(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a hot standby of the run's PostgreSQL."""
    backup, server = (program(name, folders()) for name in ("pg_basebackup", "postgres"))
    assert backup is not None
    assert server is not None
    with launching("standby") as launcher:
        data = launcher.folder / "data"
        primary = (
            f"host={postgresql.host} port={postgresql.port} user={postgresql.admin} password={postgresql.password}"
        )
        launcher.finish(backup, f"--dbname={primary}", f"--pgdata={data}", "--write-recovery-conf", "--checkpoint=fast")
        port = free_port()
        yield launcher.serve(
            Server("postgresql", postgresql.host, port, postgresql.admin, postgresql.password, ""),
            "SELECT split_part(current_setting('server_version'), ' ', 1)",
            server,
            "-D",
            data,
            f"--port={port}",
            "--listen_addresses=127.0.0.1",
            "--unix_socket_directories=",
            "--fsync=off",
            "--max_standby_streaming_delay=100ms",
            stop=signal.SIGQUIT,
        )


@pytest.fixture
def primary(postgresql: Server, standby: Server, databases: Databases) -> Iterator[Loaded]:
    """A private copy on the primary, which the standby has as well."""
    with databases.private(postgresql, FIXTURE) as loaded:
        catch_up(loaded, standby)
        yield loaded
        standby.run("SELECT pg_wal_replay_resume()")


def catch_up(primary: Loaded, standby: Server) -> None:
    """Wait until the standby has replayed all that the primary has."""
    reached = primary.run("SELECT pg_current_wal_insert_lsn()")[0][0]
    deadline = time.monotonic() + 30
    while not standby.run(f"SELECT pg_last_wal_replay_lsn() >= '{reached}'")[0][0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_standby_is_read_and_said_to_be_one(primary: Loaded, standby: Server, open_at: OpenAt) -> None:
    there, here = open_at(primary.url()), open_at(standby.url(primary.database))
    point = here.facts.read_point
    assert (point.kind, point.standby) == ("postgresql-standby", True)
    assert point.lag is not None
    assert rows(here) == rows(there)


def test_a_standby_is_read_by_a_second_connection_too(
    primary: Loaded, standby: Server, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_LONG", 0)
    there, here = open_at(primary.url()), open_at(standby.url(primary.database))
    assert rows(here) == rows(there)
    assert isinstance(here, PostgresqlSource)
    assert here._second is not None
    assert here.facts.source_id == there.facts.source_id, "a standby is the same database"


def test_the_evidence_of_a_standby_ends_where_it_has_come_to(primary: Loaded, standby: Server, open_at: OpenAt) -> None:
    primary.run("INSERT INTO logs (action, dttm) VALUES ('before', now() AT TIME ZONE 'UTC')")
    catch_up(primary, standby)
    standby.run("SELECT pg_wal_replay_pause()")
    paused_at = datetime.now(UTC)
    time.sleep(1.5)
    primary.run("INSERT INTO logs (action, dttm) VALUES ('after', now() AT TIME ZONE 'UTC')")
    source = open_at(standby.url(primary.database))
    point = source.facts.read_point
    assert point.taken_at <= paused_at
    assert point.lag is not None
    assert point.lag >= 1.5
    assert {"before", "after"} & {row["action"] for row in rows(source, None)} == {"before"}
    assert open_at(primary.url()).facts.read_point.taken_at > paused_at + timedelta(seconds=1)


def test_a_standby_that_cancels_the_read_for_its_recovery_is_said(
    primary: Loaded, standby: Server, open_at: OpenAt
) -> None:
    source = open_at(standby.url(primary.database))
    source.count(LOGS, None)
    primary.run("DELETE FROM logs WHERE id < 100", "VACUUM logs")
    with pytest.raises(SourceError) as found:
        keep_reading(source)
    (line,) = found.value.diagnostics()
    assert "stood in the way of its recovery" in line or "the connection was lost" in line


def keep_reading(source: DatabaseSource) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        source.count(LOGS, None)
        time.sleep(0.05)


@pytest.fixture(scope="module")
def replica(mariadb: Server) -> Iterator[tuple[Server, str]]:
    """Start a replica of the run's MariaDB, and give it with the name of a database that both have."""
    database = mariadb.fresh_name("replicated")
    with launching("replica") as launcher:
        only = f"--replicate-wild-do-table={database}.%"
        server = start_mariadb(launcher, "--server-id=2", "--read-only=1", "--skip-log-bin", only)
        position = mariadb.run("SELECT @@gtid_binlog_pos")[0][0]
        server.run(
            f"SET GLOBAL gtid_slave_pos = '{position}'",
            f"CHANGE MASTER 'c1' TO master_host = '{mariadb.host}', master_port = {mariadb.port},"
            f" master_user = '{mariadb.admin}', master_password = '{mariadb.password}', master_use_gtid = slave_pos",
            "START REPLICA 'c1'",
        )
        mariadb.create_database(database)
        load(FIXTURE, mariadb, database)
        try:
            catch_up_with(mariadb, server)
            yield server, database
        finally:
            mariadb.drop_database(database)


def catch_up_with(primary: Server, replica: Server) -> None:
    """Wait until the replica has executed all that the primary has."""
    position = primary.run("SELECT @@gtid_binlog_pos")[0][0]
    assert replica.run(f"SELECT master_gtid_wait('{position}', 30)") == [(0,)]


def test_a_replica_is_read_and_said_to_be_one(mariadb: Server, replica: tuple[Server, str], open_at: OpenAt) -> None:
    server, database = replica
    there, here = open_at(mariadb.url(database)), open_at(server.url(database))
    assert (here.facts.read_point.kind, there.facts.read_point.standby) == ("mariadb-standby", False)
    assert here.facts.read_point.value.startswith("gtid:")
    assert rows(here) == rows(there)


def test_the_evidence_of_a_replica_that_says_nothing_ends_with_its_newest_row(
    mariadb: Server, replica: tuple[Server, str], open_at: OpenAt
) -> None:
    server, database = replica
    server.run("STOP REPLICA 'c1'")
    try:
        mariadb.run("INSERT INTO logs (action, dttm) VALUES ('late', utc_timestamp())", database=database)
        point = open_at(server.url(database)).facts.read_point
    finally:
        server.run("START REPLICA 'c1'")
    assert point.taken_at.replace(microsecond=0) == datetime(2026, 11, 24, 2, 2, 50, tzinfo=UTC)  # logs:206
