"""The doctor on real servers: who reads, what is kept from him, and that it scans nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from auditctl.catalogue.load import load_catalogue
from auditctl.doctor.examine import examine
from auditctl.doctor.model import Count, Examination, Finding, Known, TableState
from auditctl.settings import Settings
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Window
from auditctl.source.probes import Slice, heartbeats, holds_acts
from auditctl.source.tables import table_specs
from tests.cli.command import CommandLine, Finished
from tests.servers.databases import Loaded

from .opened import LOGS, NOW, OpenAt

PASSWORD = "CANARY-doctor-password"
ROWS = 400_000
# Every third id, 28 seconds apart, up to 2026-11-24 01:46:40.
FILL = {
    "postgresql": "INSERT INTO logs (id, action, user_id, json, dttm) SELECT 3 * g, (ARRAY['log', 'welcome',"
    " 'DashboardRestApi.get', 'dashboard'])[1 + g % 4], 2, repeat('x', 100), timestamp '2026-11-24 01\\:46\\:40'"
    f" - ({ROWS} - g) * interval '28 second' FROM generate_series(1, {ROWS}) AS g",
    "mariadb": "INSERT INTO logs (id, action, user_id, json, dttm) SELECT 3 * seq, elt(1 + seq % 4, 'log', 'welcome',"
    " 'DashboardRestApi.get', 'dashboard'), 2, repeat('x', 100), timestamp('2026-11-24 01\\:46\\:40')"
    f" - INTERVAL ({ROWS} - seq) * 28 SECOND FROM seq_1_to_{ROWS}",
}


def examined(source: DatabaseSource, *, exact: bool = False) -> Examination:
    found = examine(source, load_catalogue(), Settings(now=NOW), exact=exact)
    source.close()
    return found


def finding(found: Examination, code: str) -> Finding | None:
    return next((one for one in found.findings if one.code == code), None)


def logs_of(found: Examination) -> TableState:
    return next(table for table in found.tables if table.name == "logs")


@contextmanager
def account(loaded: Loaded, *statements: str) -> Iterator[str]:
    """Make an account, and run statements that name it {account} and the database {database}."""
    postgresql = loaded.server.kind == "postgresql"
    name = loaded.server.fresh_name("account")
    host = "" if postgresql else "@'127.0.0.1'"
    make = f"CREATE USER {name}{host} {'PASSWORD' if postgresql else 'IDENTIFIED BY'} '{PASSWORD}'"
    try:
        loaded.run(make, *(one.format(account=f"{name}{host}", database=loaded.database) for one in statements))
        yield name
    finally:
        if postgresql:
            loaded.run(f"REASSIGN OWNED BY {name} TO postgres", f"DROP OWNED BY {name}")
        loaded.run(f"DROP USER {name}{host}")


def column_grants(source: DatabaseSource) -> list[str]:
    """Return what lets an account read the columns that auditctl reads, and no other."""
    quote = source.dialect.identifier_preparer.quote
    found = []
    for table, columns in source.facts.tables.items():
        wanted = ", ".join(quote(column) for column in columns if column in table_specs()[table].columns)
        found.append(f"GRANT SELECT ({wanted}) ON {quote(table)} TO {{account}}")
    source.close()
    return found


def test_an_account_with_the_columns_alone_has_nothing_to_mend(loaded: Loaded, open_at: OpenAt) -> None:
    with account(loaded, *column_grants(open_at(loaded.url()))) as name:
        found = examined(open_at(loaded.url(name, PASSWORD)))
    assert not found.facts.role.may_modify
    assert found.unread == ()
    assert {one.code for one in found.findings} == {"zone_undeclared", "retention_short"}
    assert found.activity is not None
    assert found.activity.complete
    assert PASSWORD not in str(found)
    assert found.where.startswith(f"{name} at ")


def test_an_account_that_owns_or_may_all_is_told_so(loaded: Loaded, open_at: OpenAt) -> None:
    found = examined(open_at(loaded.url()))
    said = finding(found, "role_may_modify")
    assert said is not None
    assert "this role may modify the log that it is auditing" in said.sentence
    power = {"postgresql": "superuser", "mariadb": "ALL PRIVILEGES on every database"}
    assert power[loaded.server.kind] in said.sentence


def test_the_owner_of_the_log_is_told_apart_from_a_superuser(pg: Loaded, open_at: OpenAt) -> None:
    grants = ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {account}", "ALTER TABLE logs OWNER TO {account}")
    with account(pg, *grants) as name:
        said = finding(examined(open_at(pg.url(name, PASSWORD))), "role_may_modify")
    assert said is not None
    assert "(owner of logs)" in said.sentence


def test_what_is_not_granted_is_named_with_its_grant_and_the_rest_is_examined(loaded: Loaded, open_at: OpenAt) -> None:
    granted = [one for one in column_grants(open_at(loaded.url())) if " ON ab_user TO" not in one]
    with account(loaded, *granted) as name:
        found = examined(open_at(loaded.url(name, PASSWORD)))
        (unread,) = found.unread
        assert (unread.table, unread.columns[:2]) == ("ab_user", ("id", "first_name"))
        # The statement is the whole cure.
        assert unread.remedy.startswith("GRANT SELECT (id, first_name, ")
        loaded.run(unread.remedy)
        assert examined(open_at(loaded.url(name, PASSWORD))).unread == ()
    assert finding(found, "not_granted") is not None
    assert "ab_user" not in {table.name for table in found.tables}
    assert found.activity is not None
    (accounts,) = (one.capability for one in found.capabilities if one.capability.name == "accounts_now")
    assert (accounts.held, accounts.remedy) == ((), f"{unread.remedy}.")


def test_a_log_that_is_not_granted_is_no_empty_log(loaded: Loaded, open_at: OpenAt) -> None:
    granted = [one for one in column_grants(open_at(loaded.url())) if " ON logs TO" not in one]
    with account(loaded, *granted) as name:
        found = examined(open_at(loaded.url(name, PASSWORD)))
    assert [one.table for one in found.unread] == ["logs"]
    assert finding(found, "log_empty") is None
    assert (found.activity, found.indexes, found.retention.since) == (None, None, None)
    (log,) = (one.capability for one in found.capabilities if one.capability.name == "log_rows")
    assert (log.held, log.reason) == ((), "logs cannot be read in full: not granted to this account.")


def test_what_could_not_be_looked_at_ends_with_4_and_a_role_that_may_modify_with_7(
    loaded: Loaded, open_at: OpenAt, tmp_path: Path
) -> None:
    auditctl = CommandLine(tmp_path)
    auditctl.temporary.mkdir()
    granted = [one for one in column_grants(open_at(loaded.url())) if " ON query TO" not in one]
    with account(loaded, *granted) as name:
        less, more = (
            run_doctor(auditctl, url, tmp_path, "--require-read-only")
            for url in (loaded.url(name, PASSWORD), loaded.url())
        )
    assert (less.code, less.err) == (4, "")
    assert "\nquery: not granted to this account\n  GRANT SELECT (" in less.out
    assert (more.code, len(more.complaints)) == (7, 1)
    assert "this role may modify the log" in more.complaints[0]
    assert "this role may modify the log" in more.out


def test_the_schema_of_the_tables_is_said(pg: Loaded, tmp_path: Path) -> None:
    auditctl = CommandLine(tmp_path)
    auditctl.temporary.mkdir()
    pg.run(
        "ALTER SCHEMA public RENAME TO superset_meta", f"ALTER DATABASE {pg.database} SET search_path = superset_meta"
    )
    assert re.search(r"^schema +superset_meta$", run_doctor(auditctl, pg.url(), tmp_path).out, re.MULTILINE)


def run_doctor(auditctl: CommandLine, url: URL, folder: Path, *options: str) -> Finished:
    """Run it with a URL in a file; the command line itself looks for the password in what it prints."""
    file = folder / "url"
    file.write_text(url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pymysql", ""))
    file.chmod(0o600)
    return auditctl("--now", "2026-11-24T12:00Z", "--url-file", str(file), "doctor", *options, cwd=folder)


def test_row_level_security_is_said_and_the_rest_is_examined(pg: Loaded, open_at: OpenAt) -> None:
    grants = column_grants(open_at(pg.url()))
    policy = "CREATE POLICY own ON logs FOR SELECT TO {account} USING (user_id = 2)"
    with account(pg, *grants, "ALTER TABLE logs ENABLE ROW LEVEL SECURITY", policy) as name:
        found = examined(open_at(pg.url(name, PASSWORD)))
        assert [(one.table, one.columns) for one in found.unread] == [("logs", ())]
        assert finding(found, "row_security") is not None
        assert "query" in {table.name for table in found.tables}
        pg.run(f"ALTER ROLE {name} BYPASSRLS")
        assert examined(open_at(pg.url(name, PASSWORD))).unread == ()


@pytest.fixture
def large(loaded: Loaded) -> Loaded:
    """A large log, that the server has not analysed."""
    loaded.run("TRUNCATE TABLE logs", FILL[loaded.server.kind])
    return loaded


def test_a_large_log_is_not_scanned_unless_exact(large: Loaded, open_at: OpenAt) -> None:
    with counting_scans(large) as scans:
        found = examined(open_at(large.url()))
        assert scans() == 0
        exact = examined(open_at(large.url()), exact=True)
        assert scans() > 0
    assert found.activity is not None
    assert (found.activity.earliest, found.activity.latest) == (20_000, 100_000)
    # From 2026-11-23 12:00 on: 49,600 s, a row every 28 s.
    assert (found.activity.last_hour.rows, found.activity.last_day.rows) == (0, 1_772)
    assert found.activity.growth is not None
    assert round(found.activity.growth.per_day) == 3_086  # 86,400 s / 28 s
    # 399,999 times 28 s are 129 days, 15:06:12.
    assert found.retention.since == datetime(2026, 7, 17, 10, 40, 28, tzinfo=UTC)
    assert logs_of(exact).rows == Count(ROWS, Known.COUNTED)
    # From 3 to 1,200,000 two of three ids, and those below 3.
    assert [(one.below, one.between) for one in exact.absences if one.table == "logs"] == [(2, 799_998)]


def test_the_rows_of_a_large_log_are_an_estimate_and_said_to_be_one(large: Loaded, open_at: OpenAt) -> None:
    first = examined(open_at(large.url()))
    if large.server.kind == "postgresql":  # InnoDB always has one
        assert logs_of(first).rows == Count(3 * ROWS - 2, Known.AT_MOST)
        assert finding(first, "never_analysed") is not None
    large.run("ANALYZE logs" if large.server.kind == "postgresql" else "ANALYZE TABLE logs")
    found = examined(open_at(large.url()))
    assert logs_of(found).rows.known is Known.ESTIMATED
    assert logs_of(found).rows.rows == pytest.approx(ROWS, rel=0.2)
    assert finding(found, "never_analysed") is None
    assert [one.between for one in found.absences if one.table == "logs"] == [None]


SPLIT = "ALTER TABLE logs RENAME TO whole"
HALVES = {
    "partitions": (
        "CREATE TABLE logs (LIKE whole, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
        "CREATE TABLE logs_low PARTITION OF logs FOR VALUES FROM (MINVALUE) TO (600001)",
        "CREATE TABLE logs_high PARTITION OF logs FOR VALUES FROM (600001) TO (MAXVALUE)",
        FILL["postgresql"],
    ),
    "children": (
        "CREATE TABLE logs (LIKE whole)",
        "CREATE TABLE logs_low (PRIMARY KEY (id)) INHERITS (logs)",
        "CREATE TABLE logs_high (PRIMARY KEY (id)) INHERITS (logs)",
        f"{FILL['postgresql'].replace('logs', 'logs_low')} WHERE g <= {ROWS // 2}",
        f"{FILL['postgresql'].replace('logs', 'logs_high')} WHERE g > {ROWS // 2}",
    ),
}


@pytest.mark.parametrize(("kind", "analyse"), [("partitions", "logs"), ("children", "logs_low")])
def test_a_log_in_parts_has_the_rows_and_the_bytes_of_its_parts(
    kind: str, analyse: str, pg: Loaded, open_at: OpenAt
) -> None:
    pg.run(SPLIT, *HALVES[kind])
    assert finding(examined(open_at(pg.url())), "never_analysed") is not None
    # Of the children one alone: the other is taken to be as dense.
    pg.run(f"ANALYZE {analyse}")
    found = examined(open_at(pg.url()))
    assert finding(found, "never_analysed") is None
    assert logs_of(found).rows.known is Known.ESTIMATED
    assert logs_of(found).rows.rows == pytest.approx(ROWS, rel=0.05)
    assert (logs_of(found).bytes or 0) > ROWS * 100  # the payload alone


def test_a_heartbeat_is_told_by_its_bytes_whatever_the_collation(loaded: Loaded, open_at: OpenAt) -> None:
    actions = ("RecorderHeartbeat", "recorderheartbeat", "RecorderHeartbeat ")
    for number, action in enumerate(actions, start=1):
        loaded.run(
            "INSERT INTO logs (id, action, dttm, json) VALUES"
            f" ({ROWS + number}, '{action}', '2026-11-24 0{number}\\:00\\:00', '{{\"kinds\"\\: [\"sign_in\"]}}')"
        )
    source = open_at(loaded.url())
    found = list(heartbeats(source, Slice(3)))
    acts = [holds_acts(source, ROWS + number, ROWS + number + 1) for number in (1, 2, 3)]
    source.close()
    assert found == [("sign_in", datetime(2026, 11, 24, 1, tzinfo=UTC))]
    assert acts == [False, True, True]


def test_the_index_that_is_advised_spares_a_window_the_scan(pg: Loaded, open_at: OpenAt) -> None:
    pg.run("TRUNCATE TABLE logs", FILL["postgresql"], "INSERT INTO logs (id, action) VALUES (1200001, 'log')")
    advised = examined(open_at(pg.url())).indexes
    assert advised is not None
    assert advised.sql is not None
    pg.run(advised.sql, "ANALYZE logs")
    source = open_at(pg.url())
    issued = source.count(LOGS, Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)))
    source.close()
    # Rows 9,486 to 12,571 before the last, 28 s apart, and the row without a time.
    assert issued.counted == 3_087
    plan = " ".join(line for (line,) in pg.run(f"EXPLAIN {issued.counting_sql}".replace(":", "\\:")))
    assert "Bitmap Index Scan on logs_dttm_brin" in plan
    assert "Seq Scan" not in plan


@contextmanager
def counting_scans(loaded: Loaded) -> Iterator[Callable[[], int]]:
    """Give what says how often the log was read from end to end since then, by the server's own statistics."""
    if loaded.server.kind == "postgresql":
        before = _sequential_scans(loaded)
        yield lambda: _sequential_scans(loaded) - before
        return
    loaded.run("SET GLOBAL userstat = 1")
    read = (
        "SELECT coalesce(sum(rows_read), 0) FROM information_schema.table_statistics"
        f" WHERE table_schema = '{loaded.database}' AND table_name = 'logs'"
    )
    try:
        yield lambda: loaded.run(read)[0][0] // ROWS
    finally:
        loaded.run("SET GLOBAL userstat = 0")


def _sequential_scans(loaded: Loaded) -> int:
    """Return what the statistics of PostgreSQL say when every backend of auditctl has handed in its own and is gone."""
    alive = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'auditctl'"
    while loaded.run(alive) != [(0,)]:
        time.sleep(0.01)
    return int(loaded.run("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'logs'")[0][0])
