"""Reading many SQL texts: each distinct one once, bounded in time, in processes of their own when there are many.

Parsing takes a millisecond or so a text, and one core: two processes halve it. Starting them takes a second, so that
few texts are read where they are. The result is the same either way, row by row.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from types import FrameType

import pyarrow as pa

from auditctl.apart import follow_parent
from auditctl.population.literals import SqlFacts, describe_sql, not_read
from auditctl.population.redaction import Redaction, plain_sha256
from auditctl.text import SqlText

SQL_TEXTS = pa.schema(
    [
        *[(name, pa.string()) for name in ("plain_sha256", "sql_sha256", "dialect", "shown", "statement_kind")],
        ("tables", pa.list_(pa.struct([(name, pa.string()) for name in ("catalog", "schema", "table")]))),
        ("parsed", pa.bool_()),
        ("reason", pa.string()),
    ]
)
_MANY = 3_000
"""Distinct texts from which on processes of their own pay."""
_CHUNK = 200
_SECONDS = 5.0
"""Longest processor time for one text. Of the largest that the bounds on size and depth let through, long lists and
chains were seen to take up to 3 seconds, and 15,000 brackets in a row 18."""

Text = tuple[str, str | None]
"""A text that users ran, and the SQLAlchemy backend of its database (None: not known)."""


class _TookTooLong(BaseException):
    pass


def describe_all(texts: Iterable[Text], redaction: Redaction, workers: int, many: int = _MANY) -> pa.Table:
    """Describe each distinct pair of text and backend once, in order of first appearance; columns as in `SQL_TEXTS`."""
    distinct = list(dict.fromkeys(texts))
    rows = []
    for (text, dialect), facts in zip(distinct, _each(distinct, redaction, workers, many), strict=True):
        said = asdict(facts) | {"plain_sha256": plain_sha256(text)}
        said |= {"sql_sha256": said.pop("digest"), "statement_kind": said.pop("kind"), "dialect": dialect}
        rows.append({**said, "tables": [table._asdict() for table in facts.tables]})
    return pa.Table.from_pylist(rows, SQL_TEXTS)


def _each(texts: Sequence[Text], redaction: Redaction, workers: int, many: int) -> Iterator[SqlFacts]:
    describe = partial(_describe, redaction)
    if workers < 2 or len(texts) < many:
        yield from map(describe, texts)
        return
    if redaction.policy is not SqlText.FULL:
        _ = redaction.key  # read here, and once
    # Not forked: a fork of a process with DuckDB's threads in it may hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=follow_parent) as pool:
        yield from pool.map(describe, texts, chunksize=_CHUNK)


def _describe(redaction: Redaction, text: Text) -> SqlFacts:
    try:
        with _at_most(_SECONDS):
            return describe_sql(*text, redaction)
    except _TookTooLong:
        return not_read(text[0], f"took longer than {_SECONDS:.0f} seconds to read", redaction)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise `_TookTooLong` in the block after so much processor time; only a main thread can be stopped so."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TookTooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
