"""COPY taken apart by Arrow gives what a cursor gives, value by value."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy.engine import URL

from auditctl.source import postgresql_copy
from auditctl.source.database import DatabaseSource
from auditctl.source.interface import Window
from auditctl.source.postgresql import PostgresqlSource
from auditctl.source.postgresql_copy import copy_batches
from auditctl.source.tables import TableSpec, table_specs
from tests.servers.databases import Databases, Loaded
from tests.servers.server import Server

from .opened import FIXTURE, LOGS, NOVEMBER, OpenAt

HOSTILE = [
    "%",
    "%%",
    "%s",
    "",
    r"\N",
    r"\.",
    "\\",
    r"\\n",
    "a\tb\nc\rd\be\ff\vg",
    '"',
    '""',
    "'",
    "\x01\x7f",
    "Zoë 管理者 😀",
    " ",
    "NULL",
    ",",
]
TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=20)


def both(source: DatabaseSource, table: TableSpec, window: Window | None) -> tuple[pa.Table, pa.Table]:
    """Return the rows by COPY, and by a cursor."""
    columns, schema = tuple(table.columns), table.schema()
    copied = pa.Table.from_batches(source.extract(table, columns, window), schema)
    return copied, pa.Table.from_batches(DatabaseSource.extract(source, table, columns, window), schema)


@pytest.fixture(params=[100, 4_000_000], ids=["many blocks", "one block"])
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_copy, "_BLOCK", request.param)


@pytest.mark.usefixtures("_blocks")
def test_every_table_reads_as_by_a_cursor(postgresql: Server, databases: Databases, open_at: OpenAt) -> None:
    source = open_at(databases.shared(postgresql, FIXTURE).url())
    assert isinstance(source, PostgresqlSource)
    read = {}
    for table in table_specs().values():
        copied, slow = both(source, table, NOVEMBER if table.time else None)
        assert copied == slow, table.name
        read[table.name] = copied.num_rows
    assert (read["logs"], read["query"], read["alembic_version"]) == (205, 8, 1)


@pytest.mark.usefixtures("_blocks")
def test_values_that_are_no_values_spoil_the_same_rows(pg: Loaded, open_at: OpenAt) -> None:
    pg.run(
        "UPDATE logs SET dttm = 'infinity' WHERE id = 7",
        "UPDATE logs SET dttm = '20000-01-01' WHERE id = 8",
        "UPDATE logs SET dttm = '0044-03-15 BC' WHERE id = 9",
        "UPDATE logs SET dttm = NULL WHERE id = 10",
        "UPDATE logs SET dttm = '2026-11-24 01\\:00\\:00.5' WHERE id = 11",
        "UPDATE query SET start_time = 'NaN' WHERE id = 2",
    )
    source = open_at(pg.url())
    for table in (LOGS, table_specs()["query"]):
        copied, slow = both(source, table, None)
        assert copied == slow
        assert copied.column("unreadable").null_count == len(copied) - {"logs": 4, "query": 1}[table.name]


@pytest.mark.parametrize(
    "kind", ["text", "varchar(9)", "char(9)", "int", "boolean", "numeric", "json", "bytea", "uuid"]
)
def test_a_column_of_a_type_that_no_superset_has_reads_as_by_a_cursor(pg: Loaded, open_at: OpenAt, kind: str) -> None:
    values = {"json": '{"a"\\: "\\\\t"}', "uuid": "0a0b0c0d-0000-0000-0000-00000000000a"}
    value = values.get(kind, "1")
    for column in ("has_error", "rows", "sql_text", "username"):
        pg.run(
            f"ALTER TABLE logs ADD COLUMN {column} {kind}",
            f"UPDATE logs SET {column} = CAST('{value}' AS {kind}) WHERE id < 100",
        )
    copied, slow = both(open_at(pg.url()), LOGS, None)
    assert copied == slow
    assert copied.column("sql_text").null_count == len([row for row in copied["id"].to_pylist() if row >= 100])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_any_text_comes_back(postgresql: Server, texts: list[str | None]) -> None:
    assert copied_texts(postgresql.url("postgres"), texts) == texts


def test_text_that_looks_like_what_copy_writes_comes_back(postgresql: Server) -> None:
    assert copied_texts(postgresql.url("postgres"), [*HOSTILE, None]) == [*HOSTILE, None]


def copied_texts(url: URL, texts: Sequence[str | None]) -> list[str | None]:
    """Return the texts, after a server has sent them as the actions of a log."""
    values = sql.SQL("SELECT * FROM unnest({}::text[]) WITH ORDINALITY").format(sql.Literal(list(texts)))
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        text = postgresql_copy._TYPES["text"].oid, postgresql_copy._TYPES["int8"].oid
        statement = values.as_string(connection)
        batches = list(copy_batches(connection, statement, LOGS, ("action", "id"), text))
    connection.close()
    ids = [number for batch in batches for number in batch.column("id").to_pylist()]
    assert ids == list(range(1, len(texts) + 1))
    return [action for batch in batches for action in batch.column("action").to_pylist()]
