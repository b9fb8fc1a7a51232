"""TOML that a person wrote, read key by key: what is wrong is noted with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditctl.catalogue.nearest import did_you_mean
from auditctl.catalogue.problems import Problems
from auditctl.settings.positions import key_lines, nearest_line

Keys = tuple[str | int, ...]

_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed TOML text, and where it stands in its file."""

    path: Path
    values: Mapping[str, object]
    text: str
    before: int = 0
    """Lines of the file that come before the text."""

    def line(self, *keys: str | int) -> int:
        """Return the line in the file of a key, else of the nearest key around it, else of the text's first line."""
        return self.before + (nearest_line(key_lines(self.text), keys) or 1)


def parse_document(path: Path, text: str, problems: Problems, before: int = 0) -> Document | None:
    """Parse `text`, which begins after `before` lines of the file; None when it is not TOML, which is noted."""
    try:
        return Document(path, tomllib.loads(text), text, before)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _AT_LINE.search(message)
        number = int(place[1]) if place and place[1] else max(1, len(text.splitlines()))
        problems.add(path, before + number, f"not TOML: {_AT_LINE.sub('', message)}; mend the syntax")
        return None


class Table:
    """One table of a document. Each key is asked for once; `finish` reports those that nobody asked for.

    A getter that finds a problem notes it and returns an empty value, so that reading goes on to the next problem.
    """

    def __init__(
        self, document: Document, problems: Problems, keys: Keys = (), values: Mapping[str, object] | None = None
    ) -> None:
        self.document = document
        self.keys = keys
        self._problems = problems
        self._values = document.values if values is None else values
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def names(self) -> tuple[str, ...]:
        """The keys, in the order of the file."""
        return tuple(self._values)

    def problem(self, message: str, *keys: str | int) -> None:
        """Note a problem with the value at `keys`, or with the table itself."""
        self._problems.add(self.document.path, self.document.line(*self.keys, *keys), message)

    def value(self, key: str) -> object:
        """Return the value as it is written, or None."""
        self._asked.add(key)
        return self._values.get(key)

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None when the key is not there."""
        value = self.value(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.problem(f"'{key}' must be text; write it in quotes", key)
            return None
        if not value.strip():
            self.problem(f"'{key}' is empty; fill it in or leave it out", key)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default the key must be there and must not be blank."""
        if default is None:
            self._require(key)
            return self.optional_text(key) or ""
        value = self.value(key)
        if value is not None and not isinstance(value, str):
            self.problem(f"'{key}' must be text; write it in quotes", key)
        return value if isinstance(value, str) else default

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of texts; empty when the key may be missing and is."""
        if required:
            self._require(key)
        value = self.value(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.problem(f"'{key}' must be a list of texts; write [\"...\"]", key)
            return ()
        if required and not value:
            self.problem(f"'{key}' is empty; name at least one", key)
        repeated = sorted({item for item in value if value.count(item) > 1})
        if repeated:
            self.problem(f"'{key}' names '{repeated[0]}' twice; keep one", key)
        return tuple(value)

    def integer(self, key: str) -> int:
        """Return a whole number of at least 1."""
        self._require(key)
        value = self.value(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            self.problem(f"'{key}' must be a whole number from 1", key)
            return 1
        return value if isinstance(value, int) else 1

    def boolean(self, key: str) -> bool:
        """Return true or false."""
        self._require(key)
        value = self.value(key)
        if value is not None and not isinstance(value, bool):
            self.problem(f"'{key}' must be true or false", key)
        return value is True

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of a closed list of words."""
        value = self.text(key, default)
        if value in allowed:
            return value
        if value or self._values.get(key) == default == "":
            advice = did_you_mean(value, allowed) or "one of: " + ", ".join(word for word in allowed if word)
            self.problem(f"'{key}' cannot be '{value}'; {advice}", key)
        return allowed[0]

    def table(self, key: str) -> Table:
        """Return a table inside this one; an empty one when it is missing."""
        value = self.value(key)
        if value is not None and not isinstance(value, dict):
            self.problem(f"'{key}' must be a table; write [{key}]", key)
        return Table(self.document, self._problems, (*self.keys, key), value if isinstance(value, dict) else {})

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield every value of this table as a table, with its name, in the order of the file."""
        for key, value in self._values.items():
            if key in self._asked:
                continue
            self._asked.add(key)
            if isinstance(value, dict):
                yield key, Table(self.document, self._problems, (*self.keys, key), value)
            else:
                self.problem(f"'{key}' must be a table; write {key} = {{ ... }}", key)

    def array(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array of tables; nothing when the key is missing."""
        value = self.value(key)
        items = [] if value is None else value
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self.problem(f"'{key}' must be tables; write [[...{key}]]", key)
            return
        for number, item in enumerate(items):
            yield Table(self.document, self._problems, (*self.keys, key, number), item)

    def finish(self) -> None:
        """Report the keys that nobody asked for, with the nearest one that is known."""
        for key in self._values:
            if key not in self._asked:
                advice = did_you_mean(key, self._asked) or "known: " + ", ".join(sorted(self._asked))
                self.problem(f"unknown key '{key}'; {advice}", key)

    def _require(self, key: str) -> None:
        if key not in self._values:
            self.problem(f"'{key}' is missing; add it")
