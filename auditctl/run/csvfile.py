"""The only writer of CSV: one dialect, bytes of our own, and a guard against spreadsheets that can be undone.

The dialect is RFC 4180 with LF: UTF-8 without BOM, a header of column names, NULL empty and unquoted, an empty text
`""`, quotes only where a comma, a quote, CR or LF needs them. DuckDB builds each line as text, and the buffers of its
result are written as they are. On 200,000 rows of 9 columns (2 cores) this takes 0.40 s, as DuckDB's own COPY does;
Python's csv takes 1.35 s. COPY quotes by rules of its own (`#x`) and only writes files; csv cannot tell NULL from "".
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import duckdb
import pyarrow as pa

from auditctl.catalogue.model import Column, ColumnType
from auditctl.population.engine import engine, quoted
from auditctl.run.evidence import Rows
from auditctl.settings import Limits
from auditctl.workspace import private_modes, reporting

DIALECT = {"dialect": "rfc4180", "guard": "apostrophe-v1"}
"""What a manifest says about every CSV file of its pack."""

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, SupportsWrite

_DEFAULT_LIMITS = Limits()
_GUARDED = {ColumnType.TEXT, ColumnType.SQL, ColumnType.JSON, ColumnType.URL}
# What a spreadsheet obeys, and every character that compatibility normalisation (NFKC) turns into it.
_FORMULA = (
    r"=+\-@|%"
    "\uff1d\uff0b\uff0d\uff20\uff5c\uff05\ufe66\ufe62\ufe63\ufe6b\ufe6a"
    "\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29"
)
# White space, controls, invisible characters and quotes before it do not keep a spreadsheet from obeying.
_BEFORE = r"\s\pZ\p{Cc}\p{Cf}\p{Pi}\p{Pf}" + "\"'`"
_DANGEROUS = f"^'|^[{_BEFORE}]*[{_FORMULA}\\t\\r]"
_QUOTED = '[",\\r\\n]'


def unguard(cell: str) -> str:
    """Return the text that a guarded cell stands for: one leading apostrophe is always the guard's."""
    return cell.removeprefix("'")


def write_csv(rows: Rows, target: Path | BinaryIO, limits: Limits = _DEFAULT_LIMITS) -> int:
    """Write rows as CSV, their declared columns only, and return how many there were.

    A text, sql, json or url whose first character (after spaces, quotes and controls) a spreadsheet could obey, or that
    begins with an apostrophe, gets one leading apostrophe; `unguard` takes it away. Datetimes are UTC,
    `2026-07-01T09:30:05.123456Z`; numbers, dates (ISO) and booleans (true, false) are never guarded.

    Raises:
        OutputError: `target` is a path that exists or cannot be written. A stream's own errors pass through.
    """
    if not isinstance(target, Path):
        return _write(rows, target, limits)
    with reporting(target), private_modes(), target.open("xb") as file:
        return _write(rows, file, limits)


def write_lines(connection: duckdb.DuckDBPyConnection, rows: Rows, file: SupportsWrite[ReadableBuffer]) -> int:
    """Write rows as CSV by a connection that can read their file, and return how many there were."""
    file.write(_head(rows))
    line = " || ',' || ".join(_cell(column) for column in rows.columns) + " || chr(10)"
    only = " WHERE flagged" if rows.flagged_only else ""
    count = 0
    result = connection.sql(f"SELECT {line} AS line FROM read_parquet({quoted(str(rows.path))}){only}")
    for batch in result.to_arrow_reader(rows.batch_rows):
        file.write(_bytes_of(batch.column(0)))
        count += batch.num_rows
    return count


def _write(rows: Rows, file: BinaryIO, limits: Limits) -> int:
    if rows.count == 0:
        file.write(_head(rows))
        return 0
    if rows.csv is not None and rows.count is not None:
        with rows.csv.open("rb") as written:
            shutil.copyfileobj(written, file)
        return rows.count
    with engine(rows.path.parent, limits) as connection:
        return write_lines(connection, rows, file)


def _head(rows: Rows) -> bytes:
    return ",".join(_header(column.name) for column in rows.columns).encode() + b"\n"


def _bytes_of(lines: pa.StringArray) -> memoryview:
    """Return the bytes of consecutive texts as they lie in memory, without a copy."""
    _, offsets, data = lines.buffers()
    bounds = memoryview(offsets).cast("i")
    return memoryview(data)[bounds[lines.offset] : bounds[lines.offset + len(lines)]]


def _header(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in '",\r\n') else name


def _cell(column: Column) -> str:
    """Return the SQL of one cell: never NULL, quoted where needed."""
    name = '"' + column.name.replace('"', '""') + '"'
    if column.type is ColumnType.DATETIME:
        return f"coalesce(strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ'), '')"
    if column.type not in _GUARDED:
        return f"coalesce(CAST({name} AS VARCHAR), '')"
    guarded = f"CASE WHEN regexp_matches({name}, {quoted(_DANGEROUS)}) THEN '''' || {name} ELSE {name} END"
    in_quotes = f"""'"' || replace({guarded}, '"', '""') || '"'"""
    return (
        f"CASE WHEN {name} = '' OR regexp_matches({name}, {quoted(_QUOTED)}) THEN {in_quotes}"
        f" ELSE coalesce({guarded}, '') END"
    )
