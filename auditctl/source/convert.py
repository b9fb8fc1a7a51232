"""Rows of a database as Arrow batches: typed, and honest about what could not be read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditctl.source.tables import Stored, TableSpec

# Custom loggers write truth as numbers, as bits (MariaDB) and in words.
_TRUE = (1, b"\x01", "1", "t", "true")
_FALSE = (0, b"\x00", "0", "f", "false")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - relations hold naive UTC
_INT64 = 2**63
# A column of one of these types alone (and NULL) is converted in one go: SQLite has text where servers have times.
_CLEAN: dict[Stored, tuple[type, ...]] = {
    Stored.INTEGER: (int,),
    Stored.BOOLEAN: (bool,),
    Stored.TEXT: (str,),
    Stored.UTC: (str, datetime),
    Stored.LOCAL: (str, datetime),
}


def to_batch(spec: TableSpec, present: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """Return rows (one value per column of `present`) as a batch of `spec.schema()`.

    A column that the source does not have is all NULL. A value that cannot be read as its declared type becomes NULL,
    and the row's `unreadable` names the column and the reason.
    """
    values = dict(zip(present, zip(*rows, strict=True), strict=True)) if rows else {}
    return typed_batch(spec, values, len(rows))


def typed_batch(spec: TableSpec, values: Mapping[str, Sequence[Any] | pa.Array], rows: int) -> pa.RecordBatch:
    """Return columns of so many rows as `to_batch` does; one that is an Arrow array has its declared type already."""
    problems: dict[int, list[str]] = {}
    arrays = []
    for name, stored in spec.columns.items():
        column = values.get(name)
        if column is None:
            arrays.append(pa.nulls(rows, stored.arrow))
        elif isinstance(column, pa.Array):
            arrays.append(column)
        else:
            array = _bulk(column, stored)
            arrays.append(array if array is not None else _one_by_one(name, column, stored, problems))
    if spec.time is not None:
        # Without its time a row belongs to no window, and would vanish from every answer unnoticed.
        for row in _missing(values.get(spec.time, (None,) * rows)):
            problems.setdefault(row, []).append(f"{spec.time}: no time")
    reasons = ["; ".join(problems[row]) if row in problems else None for row in range(rows)] if problems else None
    unreadable = pa.nulls(rows, pa.string()) if reasons is None else pa.array(reasons, pa.string())
    return pa.RecordBatch.from_arrays([*arrays, unreadable], schema=spec.schema())


def _missing(column: Sequence[Any] | pa.Array) -> Iterable[int]:
    if isinstance(column, pa.Array):
        missing: list[int] = pc.indices_nonzero(column.is_null()).to_pylist()
        return missing
    return [row for row, value in enumerate(column) if value is None] if None in column else ()


def _bulk(column: Sequence[Any], stored: Stored) -> pa.Array | None:
    """Convert a clean column in one go; None where it needs a look at each value."""
    # Asked first, because pyarrow takes bytes for text and cuts 1.5 down to 1.
    kinds = set(map(type, column)) - {type(None)}
    if len(kinds) > 1 or not kinds <= set(_CLEAN.get(stored, ())):
        return None
    try:
        array = pa.array(column, pa.string() if kinds == {str} else stored.arrow)
        return array.cast(stored.arrow)
    except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
        return None


def _one_by_one(name: str, column: Sequence[Any], stored: Stored, problems: dict[int, list[str]]) -> pa.Array:
    convert = _CONVERTERS[stored]
    values: list[object] = []
    for row, value in enumerate(column):
        if value is None:
            values.append(None)
            continue
        try:
            values.append(convert(value))
        except (ValueError, TypeError, OverflowError) as error:
            values.append(_escaped(value) if stored is Stored.TEXT else None)
            problems.setdefault(row, []).append(f"{name}: {error}")
    return pa.array(values, stored.arrow)


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("not a whole number")
    number = _digits(value) if isinstance(value, str) else value if isinstance(value, int) else _whole(value)
    if not -_INT64 <= number < _INT64:
        raise ValueError("a number beyond 64 bits")
    return number


def _digits(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("not a whole number") from None


def _whole(value: float | Decimal) -> int:
    if not math.isfinite(value) or value != int(value):
        raise ValueError("not a whole number")
    return int(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("not a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("not a number") from None
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _boolean(value: object) -> bool:
    known = value.strip().lower() if isinstance(value, str) else value
    if known in _TRUE or known in _FALSE:
        return known in _TRUE
    raise ValueError("neither true nor false")


def _text(value: object) -> str:
    if isinstance(value, bytes):
        raise ValueError("bytes where text should be")
    if isinstance(value, dict | list):
        raise ValueError("a structure where text should be")
    text = str(value)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("not valid UTF-8")
    return text


def _escaped(value: object) -> str:
    """Return what can be shown of bad text, with the bytes that are not UTF-8 as hexadecimal escapes."""
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def read_time(value: object) -> datetime | None:
    """Return a naive UTC time, or None where the value is none."""
    try:
        return _time(value)
    except (ValueError, OverflowError):
        return None


def read_day(value: object) -> date | None:
    """Return the day of a date or a time, or None where the value is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    moment = read_time(value)
    return moment.date() if moment else None


def _time(value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("not a date and time") from None
    if not isinstance(value, datetime):
        raise ValueError("not a date and time")
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def _epoch_ms(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("not milliseconds since 1970")
    try:
        number = Decimal(str(value))
        return _EPOCH + timedelta(microseconds=int((number * 1000).to_integral_value()))
    except (ArithmeticError, ValueError, OverflowError):
        raise ValueError("not milliseconds since 1970") from None


_CONVERTERS: dict[Stored, Callable[[object], object]] = {
    Stored.INTEGER: _integer,
    Stored.NUMBER: _number,
    Stored.BOOLEAN: _boolean,
    Stored.TEXT: _text,
    Stored.UTC: _time,
    Stored.LOCAL: _time,
    Stored.EPOCH_MS: _epoch_ms,
}
