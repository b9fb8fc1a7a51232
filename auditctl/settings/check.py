"""The keys of a settings file against the table of keys: accepted values, and every problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from auditctl.settings.keys import KEYS, SCOPE_NAMES, Key
from auditctl.settings.positions import KeyPath
from auditctl.settings.values import WrongValueError, kind_of
from auditctl.text import show

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence without its subject, which is the key, or the entry of its list, at `path`."""

    path: KeyPath
    sentence: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A key that can be used, as the settings hold it."""

    path: tuple[str, ...]
    value: object


def check(document: Mapping[str, object]) -> Iterator[Accepted | Problem]:
    """Yield every key of a document, either accepted or as its problems."""
    return _check_table(document, ())


def accept(key: Key, path: tuple[str, ...], value: object) -> Iterator[Accepted | Problem]:
    """Yield one value accepted, or its problems."""
    try:
        yield Accepted(path, key.accept(value))
    except WrongValueError as error:
        for index, sentence in error.problems:
            yield Problem(path if index is None else (*path, index), sentence)


def dotted(path: KeyPath) -> str:
    """Return a path as TOML writes it, safe to show; entries of a list count from 1."""
    names = [part for part in path if isinstance(part, str)]
    name = ".".join(part if _BARE.fullmatch(part) else f'"{show(part, 60)}"' for part in names)
    return f"{name}, entry {path[-1] + 1}" if isinstance(path[-1], int) else name


def _check_table(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[Accepted | Problem]:
    for name, value in table.items():
        path = (*above, name)
        pattern = _pattern(path)
        key = next((key for key in KEYS if key.path == pattern), None)
        if key is not None:
            yield from accept(key, path, value)
        elif not any(key.path[: len(path)] == pattern for key in KEYS):
            yield Problem(path, _unknown(path, is_table=isinstance(value, dict)))
        elif isinstance(value, dict):
            yield from _check_table(value, path)
        else:
            yield Problem(path, f"must be a table, not {kind_of(value)}")


def _pattern(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path with the names that are the user's choice as the table of keys writes them."""
    if any(part.startswith("<") for part in path):  # what stands for a name in the table of keys is none itself
        return ("",)
    match path:
        case ("scope", name, *rest) if name in SCOPE_NAMES:
            return ("scope", "<name>", *rest)
        case ("thresholds", query) if _SNAKE_CASE.fullmatch(query):
            return ("thresholds", "<query>")
        case ("thresholds", _, parameter) if _SNAKE_CASE.fullmatch(parameter):
            return ("thresholds", "<query>", "<parameter>")
        case ("accepted_gaps", test) if _SNAKE_CASE.fullmatch(test):
            return ("accepted_gaps", "<test>")
        case ("control_map", _):
            return ("control_map", "<control>")
    return path


def _unknown(path: tuple[str, ...], *, is_table: bool) -> str:
    unknown = f"no such {'table' if is_table else 'key'}"
    if path[0] in ("thresholds", "accepted_gaps"):
        suggested = path[-1].lower().replace("-", "_")
        if _SNAKE_CASE.fullmatch(suggested):
            return f"{unknown}; did you mean {dotted((*path[:-1], suggested))}?"
        return f"{unknown}; queries, parameters and tests are written like failed_logins"
    siblings = _siblings(path)
    near = get_close_matches(path[-1], siblings, n=1)
    if near:
        return f"{unknown}; did you mean {dotted((*path[:-1], near[0]))}?"
    elsewhere = [key.name for key in KEYS if key.path[-1] == path[-1]]
    if elsewhere:
        return f"{unknown}; did you mean {' or '.join(elsewhere)}?"
    return f"{unknown}; known here are {', '.join(siblings)}"


def _siblings(path: tuple[str, ...]) -> list[str]:
    """Return the names that may stand where the last part of the path stands."""
    above = _pattern(path[:-1])
    names = dict.fromkeys(key.path[len(above)] for key in KEYS if key.path[: len(above)] == above)
    return list(SCOPE_NAMES) if path[:-1] == ("scope",) else list(names)
