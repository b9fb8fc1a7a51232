"""How a run looks from the database's side: what the server itself counts while a command reads it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from tests.servers.server import Server

_COUNTED: Final = """
SELECT t.seq_scan, t.seq_tup_read, t.idx_tup_fetch, d.tup_returned, d.blks_hit + d.blks_read, d.temp_bytes
FROM pg_stat_user_tables AS t, pg_stat_database AS d
WHERE t.relname = 'logs' AND d.datname = current_database()
"""
_LONGEST: Final = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)
FROM pg_stat_activity
WHERE datname = :database AND backend_type = 'client backend'
"""


@dataclass(slots=True)
class Seen:
    """What one command cost the server."""

    scans: int = 0
    """Sequential scans of `logs`; each worker of a parallel scan counts."""
    rows_scanned: int = 0
    """Rows of `logs` read by them."""
    rows_by_index: int = 0
    """Rows of `logs` read by an index."""
    rows: int = 0
    """Rows of all tables read."""
    blocks: int = 0
    """Blocks read, of 8 kB, from the cache or from the disk."""
    sorted_bytes: int = 0
    """Bytes of temporary files."""
    longest_seconds: float = 0.0
    """The longest transaction, seen every twentieth of a second."""


@contextmanager
def watching(server: Server, database: str) -> Iterator[Seen]:
    """Give what is filled in at the end of the block."""
    seen, over = Seen(), threading.Event()
    before = _counted(server, database)
    watch = threading.Thread(target=_watch, args=(server, database, seen, over))
    watch.start()
    try:
        yield seen
    finally:
        over.set()
        watch.join()
    counted = [late - early for early, late in zip(before, _counted(server, database), strict=True)]
    seen.scans, seen.rows_scanned, seen.rows_by_index, seen.rows, seen.blocks, seen.sorted_bytes = counted


def _counted(server: Server, database: str) -> list[int]:
    ((*counted,),) = server.run("SELECT pg_stat_clear_snapshot()", _COUNTED, database=database)
    return [int(number or 0) for number in counted]


def _watch(server: Server, database: str, seen: Seen, over: threading.Event) -> None:
    with server.connect() as connection:  # to another database: this one must not see itself
        while not over.wait(0.05):
            longest = connection.execute(text(_LONGEST), {"database": database}).scalar_one()
            seen.longest_seconds = max(seen.longest_seconds, float(longest))
