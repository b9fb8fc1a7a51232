"""auditctl.toml as text: every key of the table of keys, those that are not set as comments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from auditctl.settings.keys import KEYS, SCOPE_NAMES, Key

_WIDTH: Final = 98
_HEAD = (
    "Settings of auditctl. Every key is optional; a line that begins with # is not set and shows the default."
    " Passwords do not belong here."
)
_NAMED = {
    "scope": f"<name> is {' or '.join(SCOPE_NAMES)}.",
    "thresholds": "<query> is the id of a query, <parameter> one of its parameters, as in failed_logins and threshold.",
}


def settings_text(values: Mapping[str, str], remarks: Mapping[str, Sequence[str]]) -> str:
    """Return a settings file that sets `values` (dotted key -> text), with `remarks` (dotted key -> sentences).

    Only keys that take text can be set, and none of those with a name of the user's choice in them.
    """
    unknown = values.keys() - {key.name for key in KEYS if not _is_named(key)}
    if unknown:
        raise ValueError(f"no such keys: {', '.join(sorted(unknown))}")
    lines = list(_comment(_HEAD))
    for table, keys in groupby(KEYS, lambda key: key.path[:-1]):
        lines += _table(table, keys, values, remarks)
    return "".join(f"{line}\n" for line in lines)


def _table(
    table: tuple[str, ...], keys: Iterable[Key], values: Mapping[str, str], remarks: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    named = _NAMED.get(table[0]) if table else None
    if table:
        yield ""
        yield f"{'# ' if named else ''}[{'.'.join(table)}]"
    if named:
        yield from _comment(named)
    for key in keys:
        yield ""
        yield from _comment(f"{key.meaning} ({key.type})")
        for remark in remarks.get(key.name, ()):
            yield from _comment(remark)
        if key.name in values:
            yield f"{key.path[-1]} = {_quoted(values[key.name])}"
        else:
            yield f"# {key.path[-1]} = {key.default or _quoted('')}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # TOML's basic strings have the same escapes


def _is_named(key: Key) -> bool:
    return any(part.startswith("<") for part in key.path)


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in wrap(text, _WIDTH, break_long_words=False))
