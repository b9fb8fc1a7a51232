"""What a column of a typed database takes, of all that SQLite lets be stored there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, LargeBinary, Numeric, String, Uuid
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
_INTEGERS: Final = range(-(2**31), 2**31)


class MisfitError(ValueError):
    """A value that no typed database takes; the text says why."""


def conversion(kind: TypeEngine[Any]) -> Convert:
    """Return what makes a Python value for a column of type `kind` from SQLite's; it raises MisfitError.

    Raises:
        TypeError: a type that `schema` does not give.
    """
    match kind:
        case String(length=length):
            return _text(length)
        case Float():
            return _float
        case Numeric(precision=int(precision), scale=int(scale)):
            return _decimal(precision - scale)
        case Integer():
            return _integer
        case Boolean():
            return _boolean
        case DateTime():
            return _instant
        case LargeBinary():
            return _binary
        case Uuid():
            return _uuid
        case JSON():
            return _json
    raise TypeError(f"no value becomes a {kind}")


def _text(length: int | None) -> Convert:
    def convert(value: Any) -> Any:
        _require(isinstance(value, str), "not text")
        _require("\0" not in value, "NUL in text")
        _require(length is None or len(value) <= length, f"longer than {length} characters")
        return value

    return convert


def _decimal(digits: int) -> Convert:
    def convert(value: Any) -> Any:
        _require(isinstance(value, int | float), "not a number")
        _require(abs(value) < 10**digits, f"more than {digits} digits before the point")
        return Decimal(repr(value))

    return convert


def _integer(value: Any) -> Any:
    _require(isinstance(value, int), "not an integer")
    _require(value in _INTEGERS, "out of the range of integer")
    return value


def _boolean(value: Any) -> Any:
    _require(value in (0, 1), "not a boolean")
    return bool(value)


def _instant(value: Any) -> Any:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise MisfitError("not a date and time") from error
    _require(instant.tzinfo is None, "a date and time with an offset")
    return instant


def _float(value: Any) -> Any:
    _require(isinstance(value, int | float), "not a number")
    return float(value)


def _binary(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _uuid(value: Any) -> Any:
    _require(isinstance(value, bytes) and len(value) == 16, "not the 16 bytes of a UUID")
    return UUID(bytes=value)


def _json(value: Any) -> Any:
    try:
        json.loads(value)
    except (TypeError, ValueError) as error:
        raise MisfitError("not JSON") from error
    return value


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise MisfitError(reason)
