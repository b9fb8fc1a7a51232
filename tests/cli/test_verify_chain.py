"""The recorder's table, and what verify-chain says after somebody laid hands on it."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from superset_audit_recorder.chain import hash_row
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks.database import DatabaseSink
from superset_audit_recorder.table import COLUMNS

from tests.extended.made import STORY, write
from tests.recorder.stores import file_store

from .command import CommandLine, Finished

AUGUST, SEPTEMBER = (datetime(2026, month, 15, 9, tzinfo=UTC) for month in (8, 9))
ALONE = "No heads were given."


@dataclass(frozen=True)
class Table:
    """Rows 1 to 5 of writer A (two in August, the third in September, one in August, one in September), 1 to 2 of B."""

    auditctl: CommandLine
    folder: Path
    a: str
    b: str

    def verify(self, *options: str) -> Finished:
        given = ("--now", "2026-10-05T12:00Z", "--url", f"sqlite:///{self.folder / 'audit.db'}")
        return self.auditctl(*given, "verify-chain", *options, cwd=self.folder)

    def problems(self, *options: str) -> list[str]:
        done = self.verify(*options)
        assert (done.code, done.err) == (5, "")
        assert done.out.startswith("NOT WHOLE  ")
        return [line.removeprefix("  wrong: ") for line in done.out.splitlines() if line.startswith("  wrong: ")]

    def change(self, *statements: str) -> None:
        """Do what the table refuses, as one who may write to the file can."""
        with closing(sqlite3.connect(self.folder / "audit.db")) as connection:
            connection.execute("DROP TRIGGER IF EXISTS logs_no_update")
            connection.execute("DROP TRIGGER IF EXISTS logs_no_delete")
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def seal_again(self, first: int) -> None:
        """Give writer A's rows from `first` on hashes that fit, as one who knows how can."""
        with closing(sqlite3.connect(self.folder / "audit.db")) as connection:
            connection.row_factory = sqlite3.Row
            before = None
            for found in connection.execute(
                "SELECT * FROM logs WHERE writer_id = ? ORDER BY seq", (self.a,)
            ).fetchall():
                row = dict(found)
                if row["seq"] >= first:
                    row["prev_hash"] = before or row["prev_hash"]
                    typed = {
                        name: datetime.fromisoformat(value) if name in ("dttm", "timestamp") else value
                        for name, value in row.items()
                    }
                    row["row_hash"] = hash_row({**typed, "has_error": bool(row["has_error"])})
                    connection.execute(
                        "UPDATE logs SET prev_hash = :prev_hash, row_hash = :row_hash WHERE id = :id", row
                    )
                before = row["row_hash"]
            connection.commit()


def record(moment: datetime) -> Record:
    return Record("UserLoggedIn", "succeeded", occurred_at=moment, username="alice", user_agent="Zo\N{SNOWMAN}")


@pytest.fixture
def table(auditctl: CommandLine, tmp_path: Path) -> Table:
    file_store(tmp_path / "audit.db")
    a, b = (DatabaseSink(f"sqlite:///{tmp_path / 'audit.db'}") for _ in range(2))
    a.deliver([record(AUGUST), record(AUGUST), record(SEPTEMBER), record(AUGUST)])
    b.deliver([record(SEPTEMBER), record(SEPTEMBER)])
    a.deliver([record(SEPTEMBER)])
    return Table(auditctl, tmp_path, a._head.writer_id, b._head.writer_id)


def test_a_whole_chain_ends_with_0_and_says_what_it_cannot_show(table: Table) -> None:
    done = table.verify()
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "WHOLE  rows: 7, writers: 2"
    assert ALONE in done.out
    assert "shows only against heads that were kept elsewhere" in done.out.replace("\n", " ")


def test_a_row_that_was_changed_is_named(table: Table) -> None:
    table.change("UPDATE logs SET username = 'bob' WHERE id = 2")
    assert table.problems() == [f"logs:2 (row 2 of writer {table.a}) was changed"]


def test_a_missing_row_is_named(table: Table) -> None:
    table.change("DELETE FROM logs WHERE id IN (2, 3, 5)")
    assert table.problems() == [
        f"rows 2 to 3 are missing before logs:4, of writer {table.a}",
        f"row 1 is missing before logs:6, of writer {table.b}",
    ]


def test_a_row_that_was_sealed_again_does_not_fit_the_next(table: Table) -> None:
    table.change("UPDATE logs SET username = 'bob' WHERE id = 2")
    table.seal_again(2)
    table.change(f"UPDATE logs SET prev_hash = '{'0' * 64}' WHERE id = 3")
    assert table.problems()[:1] == [f"logs:2 (row 2 of writer {table.a}) was replaced: logs:3 has another hash for it"]


def test_a_row_that_was_put_in_is_named(table: Table) -> None:
    names = ", ".join(f'"{column.name}"' for column in COLUMNS if column.name not in ("id", "seq"))
    table.change(
        f"INSERT INTO logs (seq, {names}) SELECT 0, {names} FROM logs WHERE id = 2",
    )
    assert table.problems() == [f"logs:8 repeats row 0 of writer {table.a}, or was added later"]


def test_a_cut_off_end_and_a_writer_that_is_gone_show_only_against_heads(table: Table) -> None:
    assert table.verify("--write-heads", "heads.json").code == 0
    table.change("DELETE FROM logs WHERE id IN (4, 7)", f"DELETE FROM logs WHERE writer_id = '{table.b}'")
    assert table.verify().code == 0
    assert set(table.problems("--heads", "heads.json")) == {
        f"rows 4 to 5 are missing at the end, of writer {table.a}",
        f"rows 1 to 2 are missing at the end, of writer {table.b}",
    }


def test_a_chain_that_was_written_anew_shows_only_against_heads(table: Table) -> None:
    assert table.verify("--write-heads", "heads.json").code == 0
    table.change("UPDATE logs SET username = 'bob' WHERE id = 2")
    table.seal_again(2)
    assert table.verify().code == 0
    assert table.problems("--heads", "heads.json") == [
        f"logs:7 (row 5 of writer {table.a}) is not the row whose hash was kept: it was rewritten"
    ]


def test_rows_that_came_after_the_heads_are_no_problem(table: Table) -> None:
    assert table.verify("--write-heads", "heads.json").code == 0
    kept = json.loads((table.folder / "heads.json").read_text())
    assert {name: head["seq"] for name, head in kept["heads"].items()} == {table.a: 5, table.b: 2}
    DatabaseSink(f"sqlite:///{table.folder / 'audit.db'}").deliver([record(SEPTEMBER)])
    done = table.verify("--heads", "heads.json")
    assert done.code == 0
    assert re.search(r"Compared with the heads of 2\S+: 2\.", done.out)
    assert ALONE not in done.out


def test_heads_are_never_overwritten_nor_written_of_a_broken_chain(table: Table) -> None:
    (table.folder / "heads.json").write_text("kept")
    assert table.verify("--write-heads", "heads.json").code == 6
    assert (table.folder / "heads.json").read_text() == "kept"
    table.change("DELETE FROM logs WHERE id = 2")
    assert table.verify("--write-heads", "new.json").code == 5
    assert not (table.folder / "new.json").exists()


def test_a_month_whose_dropping_was_signed_is_not_missing(table: Table) -> None:
    key = table.auditctl("key", "new", "auditor", cwd=table.folder).out.strip()
    (table.folder / "auditctl.toml").write_text('[signing]\nkey = "signing.key"\n')
    assert table.verify("--write-heads", "heads.json").code == 0
    done = table.verify("--drop-month", "2026-08", "--write-dropped", "2026-08.note")
    assert done.code == 0
    assert "2026-08.note, signed by auditor, says which rows of 2026-08 may be gone: 3." in done.out
    table.change("DELETE FROM logs WHERE dttm < '2026-09-01'")
    assert table.verify().code == 5
    done = table.verify("--heads", "heads.json", "--dropped", "2026-08.note", "--key", key)
    assert (done.code, done.err) == (0, "")
    assert "Rows that are not there, and that a signed statement says were dropped: 3." in done.out
    table.change("DELETE FROM logs WHERE id = 3")
    assert table.problems("--dropped", "2026-08.note", "--key", key) == [
        f"row 3 is missing before logs:7, of writer {table.a}"
    ]


def test_a_statement_that_somebody_else_signed_or_changed_is_refused(table: Table) -> None:
    table.auditctl("key", "new", "auditor", cwd=table.folder)
    other = table.auditctl("key", "new", "auditor", "--out", "other.key", cwd=table.folder).out.strip()
    (table.folder / "auditctl.toml").write_text('[signing]\nkey = "signing.key"\n')
    table.verify("--drop-month", "2026-08", "--write-dropped", "2026-08.note")
    done = table.verify("--dropped", "2026-08.note", "--key", other)
    assert (done.code, done.complaints) == (5, ["auditctl: 2026-08.note is not signed by a key that you gave"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--heads", "none.json"), "none.json cannot be read: no such file or directory"),
        (("--heads", "audit.db"), "audit.db is not JSON"),
        (("--dropped", "x.note"), "--dropped needs --key"),
        (("--drop-month", "2026-08"), "--drop-month and --write-dropped go together"),
        (("--drop-month", "2026-08", "--write-dropped", "x"), "a statement is signed, and there is no key"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_one_line(table: Table, options: tuple[str, ...], said: str) -> None:
    done = table.verify(*options)
    assert (done.code, done.out, len(done.complaints)) == (2, "", 1)
    assert said in done.err


def test_a_log_without_a_chain_is_no_source_for_it(auditctl: CommandLine, tmp_path: Path) -> None:
    log = write(tmp_path / "log.db", STORY)
    done = auditctl("--url", f"sqlite:///{log}", "verify-chain", cwd=tmp_path)
    assert (done.code, len(done.complaints)) == (3, 1)
    assert "has no hash chain: it lacks" in done.err
