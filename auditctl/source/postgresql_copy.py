"""Rows of PostgreSQL in bulk: COPY on the one connection that is open, taken apart by Arrow.

COPY writes a line per row, values between tabs, as the output function of their type has them; so has a cursor, a value
at a time. What Arrow does not read the same way goes through the driver's own loader, value by value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import postgres
from psycopg.adapt import Transformer
from psycopg.pq import Format

from auditctl.source.convert import typed_batch
from auditctl.source.tables import Stored, TableSpec

_BLOCK: Final = 4_000_000
"""Bytes of whole rows that are taken apart at a time."""
_TYPES: Final = postgres.types
_TEXTS: Final = frozenset(_TYPES[name].oid for name in ("text", "varchar", "json", "jsonb", "uuid"))
_ALIKE: Final = {
    Stored.TEXT: _TEXTS,
    Stored.INTEGER: frozenset(_TYPES[name].oid for name in ("int2", "int4", "int8")),
    Stored.UTC: frozenset([_TYPES["timestamp"].oid]),
    Stored.LOCAL: frozenset([_TYPES["timestamp"].oid]),
}
"""Stored -> types of the server whose text Arrow reads as the driver does."""
_BOOLEAN: Final = _TYPES["bool"].oid
# A server's text never holds a zero byte, so one can stand for a backslash until the others are read.
_ESCAPES: Final = (
    (r"\\", "\0"), (r"\b", "\b"), (r"\f", "\f"), (r"\n", "\n"), (r"\r", "\r"), (r"\t", "\t"), (r"\v", "\v"),
    ("\0", "\\"),
)  # fmt: skip


def copy_batches(
    connection: psycopg.Connection[Any], sql: str, table: TableSpec, present: Sequence[str], oids: Sequence[int]
) -> Iterator[pa.RecordBatch]:
    """Yield what the SELECT `sql` of the columns `present`, which are of the types `oids`, finds.

    Raises:
        psycopg.Error: the server failed, or the connection.
    """
    transformer = Transformer(connection)
    for block in _blocks(connection, sql):
        texts = _take_apart(block, present)
        columns = {
            name: _column(texts.column(name), table.columns[name], oid, transformer)
            for name, oid in zip(present, oids, strict=True)
        }
        yield typed_batch(table, columns, texts.num_rows)


def _blocks(connection: psycopg.Connection[Any], sql: str) -> Iterator[bytes]:
    """Yield whole rows, some at a time: the server sends each by itself."""
    rows: list[Any] = []
    size = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT") as copy:
        for row in copy:
            rows.append(row)
            size += len(row)
            if size >= _BLOCK:
                yield b"".join(rows)
                rows, size = [], 0
    if rows:
        yield b"".join(rows)


def _take_apart(block: bytes, names: Sequence[str]) -> pa.Table:
    """Return the values as text, with their escapes."""
    return pyarrow.csv.read_csv(
        pa.BufferReader(block),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names, block_size=len(block)),
        parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[r"\N"], strings_can_be_null=True
        ),
    ).combine_chunks()


def _column(
    texts: pa.ChunkedArray, stored: Stored, oid: int, transformer: psycopg.abc.Transformer
) -> pa.Array | list[Any]:
    """Return the values in their type, or as the driver has them where that needs a look at each."""
    array = _unescaped(pa.concat_arrays(texts.chunks))
    if oid in _ALIKE.get(stored, ()):
        try:
            return array.cast(stored.arrow)
        except pa.ArrowInvalid:  # infinity, or the year 20000
            pass
    elif stored is Stored.BOOLEAN and oid == _BOOLEAN:
        return pc.equal(array, "t")
    load = transformer.get_loader(oid, Format.TEXT).load
    return [None if value is None else load(value.encode()) for value in array.to_pylist()]


def _unescaped(array: pa.Array) -> pa.Array:
    escaped = pc.match_substring(array, "\\").fill_null(False)
    if not pc.any(escaped).as_py():
        return array
    plain = array.filter(escaped)
    for written, meant in _ESCAPES:
        plain = pc.replace_substring(plain, written, meant)
    return pc.replace_with_mask(array, escaped, plain)
