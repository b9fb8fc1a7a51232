"""The local engine: DuckDB shut into one folder, with one semantics for every source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from auditctl.catalogue.model import Column, ColumnType
from auditctl.errors import IntegrityError, OutputError, UsageError
from auditctl.settings import Limits
from auditctl.text import show

_ARROW = {
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DURATION_MS: pa.int64(),
    ColumnType.DECIMAL: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.DATETIME: pa.timestamp("us"),
}


@contextmanager
def engine(folder: Path, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory DuckDB that can read and write below `folder` only, with UTC as its zone.

    Raises:
        UsageError: the limit of its memory is too low for what it is asked.
    """
    temporary = folder / "spill"
    temporary.mkdir(mode=0o700, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": limits.threads,
            "memory_limit": limits.memory,
            "temp_directory": str(temporary),
            # What is freed goes back to the system at once: kept for the next statement, it came on top of the limit.
            "allocator_flush_threshold": "1MB",
            "allocator_bulk_deallocation_flush_threshold": "1MB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it takes a process of its own for a person's session
        connection.execute(f"SET allowed_directories = [{quoted(str(folder) + '/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    except duckdb.OutOfMemoryException as error:
        short = f"the local engine needs more memory than limits.memory, which is {limits.memory}"
        raise UsageError(short, hint="Raise it in auditctl.toml, or leave it out") from error
    finally:
        connection.close()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the engine's failure to write `path` into an OutputError of one line, as `reporting` does the system's."""
    try:
        yield
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0].rpartition(": ")[2].lower()
        raise OutputError(f"cannot write {show(path)}: {reason}", hint="See whether there is room for it") from error


def quoted(text: str) -> str:
    """Return a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def show_parquet(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Make a Parquet file readable as the view `name`.

    Raises:
        IntegrityError: it is none that the engine can read.
    """
    try:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(str(path))})")
    except duckdb.Error as error:
        raise IntegrityError(f"{show(path.name)} cannot be read as Parquet") from error


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of declared columns; every type of text is a string."""
    return pa.schema([(column.name, _ARROW.get(column.type, pa.string())) for column in columns])
