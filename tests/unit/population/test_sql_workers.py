"""Many texts: each once, in order, the same in one process and in several, and none for long."""

from __future__ import annotations

import hashlib
import threading

import pytest

from auditctl.population import sql_workers
from auditctl.population.literals import SqlFacts, describe_sql
from auditctl.population.redaction import Redaction
from auditctl.population.sql_workers import Text, describe_all
from tests.redaction import REDACTION, keyed, marker

SLOW = "SELECT a" + "[1]" * 100


def test_each_distinct_text_and_dialect_is_described_once() -> None:
    described = describe_all(
        [
            ("SELECT 1 FROM s.t", "sqlite"),
            ("SELECT 1 FROM s.t", None),
            ("SELECT 1 FROM s.t", "sqlite"),
            ("oops 1", None),
        ],
        REDACTION,
        workers=1,
    )
    digest = keyed("sql", "SELECT 1 FROM s.t")
    row: dict[str, object] = {
        "plain_sha256": hashlib.sha256(b"SELECT 1 FROM s.t").hexdigest(),
        "sql_sha256": digest,
        "dialect": "sqlite",
        "shown": f"SELECT {marker('number', '1')} FROM s.t",
        "statement_kind": "SELECT",
        "tables": [{"catalog": None, "schema": "s", "table": "t"}],
        "parsed": True,
        "reason": None,
    }
    unread: dict[str, object] = {
        "plain_sha256": hashlib.sha256(b"oops 1").hexdigest(),
        "sql_sha256": keyed("sql", "oops 1"),
        "dialect": None,
        "shown": None,
        "statement_kind": "OTHER",
        "tables": [],
        "parsed": False,
        "reason": "not understood as generic SQL",
    }
    assert described.to_pylist() == [row, row | {"dialect": None}, unread]


def test_no_texts_give_an_empty_table_with_its_columns() -> None:
    described = describe_all([], REDACTION, workers=2)
    assert described.num_rows == 0
    assert described.column_names == [
        "plain_sha256",
        "sql_sha256",
        "dialect",
        "shown",
        "statement_kind",
        "tables",
        "parsed",
        "reason",
    ]


def test_several_processes_give_what_one_gives() -> None:
    texts: list[Text] = [
        (f"SELECT {number} FROM t{number % 7} WHERE a = 'x'; oops {number % 3}", None) for number in range(500)
    ]
    texts += [("SELECT 1", "postgresql"), ("SELECT 1", "mysql"), (SLOW, "postgresql")]
    assert describe_all(texts, REDACTION, workers=2, many=2).equals(describe_all(texts, REDACTION, workers=1))


def test_a_text_that_takes_too_long_is_not_read_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(text: str, dialect: str | None, redaction: Redaction) -> SqlFacts:
        while text == SLOW:  # as a parser that finds no end
            pass
        return describe_sql(text, dialect, redaction)

    monkeypatch.setattr(sql_workers, "_SECONDS", 0.2)
    monkeypatch.setattr(sql_workers, "describe_sql", describe)
    slow, quick = describe_all([(SLOW, "postgresql"), ("SELECT 1", None)], REDACTION, workers=1).to_pylist()
    assert (slow["parsed"], slow["shown"], slow["statement_kind"]) == (False, None, "SELECT")
    assert slow["reason"] == "took longer than 0 seconds to read"
    assert slow["sql_sha256"] == keyed("sql", SLOW)
    assert quick["parsed"]


def test_a_thread_that_cannot_be_stopped_reads_all_the_same() -> None:
    found: list[object] = []
    thread = threading.Thread(
        target=lambda: found.extend(describe_all([("SELECT 1", None)], REDACTION, workers=1).to_pylist())
    )
    thread.start()
    thread.join()
    assert len(found) == 1
