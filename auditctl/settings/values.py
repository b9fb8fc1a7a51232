"""From a TOML value to what the settings hold, or to a sentence that says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from auditctl.errors import UsageError
from auditctl.period import parse_clock, parse_duration
from auditctl.settings.model import AcceptedGap
from auditctl.text import SqlText, show
from auditctl.zones import load_zone

T = TypeVar("T")

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ALIAS = re.compile(r"[a-z0-9-]{1,40}")
_DOMAIN = re.compile(r"[^\s@.,;:/]+(?:\.[^\s@.,;:/]+)*")
_MEMORY = re.compile(r"[1-9][0-9]{0,6}(?:\.[0-9]{1,3})? ?[KMGT]i?B", re.IGNORECASE)
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOST_THREADS = 256
_MOST_RETRIES = 10
_LARGEST = 2**63 - 1


class WrongValueError(Exception):
    """A value that cannot be used: for each problem its entry or key (None: the value itself) and a sentence."""

    def __init__(self, *problems: tuple[int | str | None, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def wrong(sentence: str) -> WrongValueError:
    """Return the error for a value that is wrong as a whole."""
    return WrongValueError((None, sentence))


def kind_of(value: object) -> str:
    """Return what a TOML value is, in words."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "a table"),
        ((date, time), "a date or time"),
    )
    return next((words for kind, words in kinds if isinstance(value, kind)), "something else")


def paragraph(value: object) -> str:
    """Accept text that says something; line breaks and tabs are its only control characters."""
    if not isinstance(value, str):
        raise wrong(f"must be text, not {kind_of(value)}")
    if not value.strip():
        raise wrong("must not be empty")
    if any(unicodedata.category(character) == "Cc" for character in value if character not in "\n\t"):
        raise wrong("must not hold control characters")
    return value


def line(value: object) -> str:
    """Accept text on one line."""
    text = paragraph(value)
    if "\n" in text or "\t" in text:
        raise wrong("must be one line without tabs")
    return text


def path(value: object) -> Path:
    """Accept a path; whoever reads the file says whether it is there."""
    return Path(line(value))


def switch(value: object) -> bool:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise wrong(f"must be true or false, not {kind_of(value)}")
    return value


def alias(value: object) -> str:
    """Accept the short name that stands before row references."""
    if not _ALIAS.fullmatch(line(value)):
        raise wrong("must be 1 to 40 of a-z, 0-9 and -")
    return line(value)


def _parsed(parse: Callable[[str], T], value: object) -> T:
    try:
        return parse(line(value))
    except UsageError as error:
        raise wrong(" ".join(error.diagnostics())) from None


def zone(value: object) -> str:
    """Accept the name of an IANA time zone."""
    return _parsed(load_zone, value).key


def duration(value: object) -> timedelta:
    """Accept a duration such as 1h."""
    return _parsed(parse_duration, value)


def timeout(value: object) -> timedelta:
    """Accept a duration of at most a week; servers count theirs in 32 bits of milliseconds."""
    length = duration(value)
    if length > timedelta(weeks=1):
        raise wrong("must be at most 1w")
    return length


def day(value: object) -> date:
    """Accept a day, as text or as a TOML date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(line(value))
    except ValueError:
        raise wrong("must be a day such as 2024-03-01") from None


def clock(value: object) -> datetime:
    """Accept an instant with its offset, as text or as a TOML date and time; in UTC."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise wrong("must carry its offset, such as 2026-11-24T12:00:00Z")
        return value.astimezone(UTC)
    return _parsed(parse_clock, value)


def month_day(value: object) -> tuple[int, int]:
    """Accept MM-DD with a day that every month has."""
    found = _MONTH_DAY.fullmatch(line(value))
    if found is None:
        raise wrong("must be MM-DD with a day from 01 to 28, such as 10-01")
    return int(found[1]), int(found[2])


def time_of_day(value: object) -> time:
    """Accept HH:MM, as text or as a TOML time on a whole minute."""
    if isinstance(value, time) and value == value.replace(second=0, microsecond=0):
        return value
    found = None if isinstance(value, time) else _TIME.fullmatch(line(value))
    if found is None:
        raise wrong("must be HH:MM from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def list_of(entry: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """Return what accepts a list of such entries, and reports every wrong one."""

    def accept(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise wrong(f"must be a list, not {kind_of(value)}")
        accepted: list[T] = []
        problems: list[tuple[int | str | None, str]] = []
        for index, item in enumerate(value):
            try:
                accepted.append(entry(item))
            except WrongValueError as error:
                problems += [(index, sentence) for _, sentence in error.problems]
        if problems:
            raise WrongValueError(*problems)
        return tuple(accepted)

    return accept


def _weekday(value: object) -> int:
    if line(value) not in DAYS:
        raise wrong(f'"{show(value, 20)}" is not a day; the days are {", ".join(DAYS)}')
    return DAYS.index(line(value)) + 1


def weekdays(value: object) -> frozenset[int]:
    """Accept a list of days; as ISO weekdays, 1 to 7."""
    days = list_of(_weekday)(value)
    if not days:
        raise wrong("must name at least one day")
    return frozenset(days)


def table_name(value: object) -> str:
    """Accept `table`, `schema.table` or `database.schema.table`."""
    parts = line(value).split(".")
    if len(parts) > 3 or not all(part.strip() for part in parts):
        raise wrong("must be table, schema.table or database.schema.table")
    return line(value)


def schema_name(value: object) -> str:
    """Accept `schema` or `database.schema`."""
    parts = line(value).split(".")
    if len(parts) > 2 or not all(part.strip() for part in parts):
        raise wrong("must be schema or database.schema")
    return line(value)


def domain(value: object) -> str:
    """Accept the domain of e-mail addresses; in lower case."""
    if not _DOMAIN.fullmatch(line(value)):
        raise wrong("must be a domain such as example.org, without @")
    return line(value).lower()


def id_or_name(value: object) -> int | str:
    """Accept a positive id or a name."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise wrong("must be an id from 1")
        return value
    if not isinstance(value, str):
        raise wrong(f"must be an id or a name, not {kind_of(value)}")
    return line(value)


def dashboard(value: object) -> int | str:
    """Accept a positive id, a slug, a title with `*`, or `tag:NAME`."""
    accepted = id_or_name(value)
    return accepted if isinstance(accepted, int) else _prefixed("tag", accepted)


def permitted(value: object) -> str:
    """Accept a username or `role:NAME`."""
    return _prefixed("role", line(value))


def _prefixed(kind: str, name: str) -> str:
    if name.startswith(f"{kind}:") and not name.removeprefix(f"{kind}:").strip():
        raise wrong(f"must name the {kind} after {kind}:")
    return name


def memory(value: object) -> str:
    """Accept an amount of memory as DuckDB writes it."""
    if not _MEMORY.fullmatch(line(value)):
        raise wrong("must be an amount such as 512MB or 2GB")
    return line(value)


def sql_text(value: object) -> SqlText:
    """Accept how SQL is shown; in full is never a setting, so that each such run was asked for."""
    if value == SqlText.FULL:
        raise wrong("cannot be full: leave it out and call with --full-sql")
    if value not in (SqlText.REDACTED, SqlText.HASH):
        raise wrong("must be redacted or hash")
    return SqlText(str(value))


def threads(value: object) -> int:
    """Accept a number of threads."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_THREADS:
        raise wrong(f"must be a whole number from 1 to {_MOST_THREADS}")
    return value


def retries(value: object) -> int:
    """Accept a number of retries."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_RETRIES:
        raise wrong(f"must be a whole number from 0 to {_MOST_RETRIES}")
    return value


def accepted_gap(value: object) -> AcceptedGap:
    """Accept a table of reason, owner and expires, all three."""
    if not isinstance(value, dict):
        raise wrong(f"must be a table, not {kind_of(value)}")
    keys: dict[str, Callable[[object], object]] = {"reason": line, "owner": line, "expires": day}
    takes = f"a gap takes {', '.join(keys)}"
    problems: list[tuple[int | str | None, str]] = [
        (name, f"no such key; {takes}") for name in value if name not in keys
    ]
    accepted: dict[str, Any] = {}
    for name, accept in keys.items():
        if name not in value:
            problems.append((None, f"lacks {name}; {takes}"))
            continue
        try:
            accepted[name] = accept(value[name])
        except WrongValueError as error:
            problems += [(name, sentence) for _, sentence in error.problems]
    if problems:
        raise WrongValueError(*problems)
    return AcceptedGap(**accepted)


def threshold(value: object) -> int | float | str | bool:
    """Accept the value of a query's parameter; its type is checked against the query later."""
    if isinstance(value, str):
        return line(value)
    if not isinstance(value, int | float):
        raise wrong(f"must be a number, text or true or false, not {kind_of(value)}")
    if not -_LARGEST <= value <= _LARGEST:  # also refuses inf and nan
        raise wrong("must be a finite number of 64 bits")
    return value
