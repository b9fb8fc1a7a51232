"""A month is dropped on PostgreSQL against a statement that auditctl signed, and only as it was signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from superset_audit_recorder.cli import main
from superset_audit_recorder.sinks.database import DatabaseSink

from auditctl.pack.chain_files import Retiring, read_statement
from auditctl.pack.note import new_key
from auditctl.period import parse_period
from auditctl.source.chain import Chains, Dropped, check_chains, read_chains
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.databases.opened import as_given
from tests.servers.server import Server

from .stores import Store, server_store
from .test_database import FAILED, REFUSED, STATEMENT, uri

KEY = new_key("auditor")
OCTOBER = datetime(2026, 10, 3, tzinfo=UTC)


@pytest.fixture
def store(postgresql: Server) -> Iterator[Store]:
    with server_store(postgresql) as made:
        sink = DatabaseSink(uri(made.writer))
        sink.deliver([FAILED, STATEMENT, replace(REFUSED, occurred_at=OCTOBER), FAILED])
        yield made


def sign(store: Store, folder: Path) -> Path:
    """Write the statement of September."""
    retiring = Retiring(parse_period("2026-09", now=OCTOBER))
    source = open_source(as_given(store.reader), Options(), folder)
    try:
        assert check_chains(retiring.passing(read_chains(source))).problems == ()
        (folder / "note").write_bytes(retiring.statement(source.facts.source_id, KEY))
    finally:
        source.close()
    return folder / "note"


def drop(store: Store, capsys: pytest.CaptureFixture[str], note: Path) -> None:
    main(["drop-partition", "2026-09", "--statement", str(note)])
    store.run(capsys.readouterr().out)


def follow(store: Store, folder: Path, note: Path) -> Chains:
    source = open_source(as_given(store.reader), Options(), folder)
    try:
        gone: dict[str, list[Dropped]] = read_statement(note, source.facts.source_id, [KEY.public])
        return check_chains(read_chains(source), {}, gone)
    finally:
        source.close()


def test_the_rest_of_the_chain_is_whole_with_the_statement(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = sign(store, tmp_path)
    drop(store, capsys, note)
    assert [row["seq"] for row in store.rows()] == [3]
    found = follow(store, tmp_path, note)
    assert (found.problems, found.dropped) == ((), 2)


def test_a_month_that_has_other_rows_than_were_signed_stays(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = sign(store, tmp_path)
    DatabaseSink(uri(store.writer)).deliver([FAILED])
    with pytest.raises(DBAPIError, match="logs_2026_09 does not hold the 3 rows that were signed"):
        drop(store, capsys, note)
    assert len(store.rows()) == 5


@pytest.mark.parametrize(("month", "said"), [("2026-10", "the statement is of 2026-09, not of 2026-10")])
def test_a_statement_of_another_month_prints_nothing(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], month: str, said: str
) -> None:
    note = sign(store, tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["drop-partition", month, "--statement", str(note)])
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"superset-audit-recorder: {said}\n")
