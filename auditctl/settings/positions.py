"""The line on which each key of a TOML text stands; tomllib does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
Lines = Mapping[KeyPath, int]

_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
# The closing quotes of a multi-line string may follow up to two quotes that are part of it.
_STRING = re.compile(r'"""(?:\\.|[^\\])*?""""{0,2}' r"|'''.*?''''{0,2}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'", re.DOTALL)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the 1-based line of every key, table and list entry (an int) of a text that tomllib has accepted.

    A path that occurs several times, such as a table's, has its first line. Tables of an array are counted from 0.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


def nearest_line(lines: Lines, path: KeyPath) -> int | None:
    """Return the line of `path`, or else of the nearest table above it that was written."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line, self.counted = 1, 0
        self.lines: dict[KeyPath, int] = {}
        self.arrays: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_GAP)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header(2 if self.text.startswith("[[", self.at) else 1)
            else:
                self._pair(table)
            self._skip(_GAP)
        return self.lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"not TOML at character {self.at}")
        self.at = found.end()
        return found[0]

    def _note(self, path: KeyPath) -> None:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.lines.setdefault(path, self.line)

    def _header(self, brackets: int) -> KeyPath:
        """Read a `[table]` or `[[table]]` line; below an array of tables it speaks of the last of them."""
        self.at += brackets
        path: KeyPath = ()
        while True:
            path = self._name(path)
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
            if path in self.arrays:
                path = (*path, self.arrays[path] - 1)
        self.at += brackets
        if brackets == 2:
            self.arrays[path] = self.arrays.get(path, 0) + 1
            path = (*path, self.arrays[path] - 1)
            self._note(path)
        return path

    def _pair(self, table: KeyPath) -> None:
        path = self._key(table)
        self.at += 1  # the equals sign
        self._value(path)

    def _key(self, path: KeyPath) -> KeyPath:
        """Read a dotted key; note every table on the way."""
        while True:
            path = self._name(path)
            if not self.text.startswith(".", self.at):
                return path
            self.at += 1

    def _name(self, path: KeyPath) -> KeyPath:
        """Read one part of a key and the spaces around it, and note it."""
        self._skip(_SPACE)
        if self.text[self.at] in "\"'":
            name = str(tomllib.loads(f"key={self._skip(_STRING)}")["key"])
        else:
            name = self._skip(_BARE_KEY)
        path = (*path, name)
        self._note(path)
        self._skip(_SPACE)
        return path

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        opening = self.text[self.at]
        if opening in "\"'":
            self._skip(_STRING)
        elif opening in "[{":
            self.at += 1
            self._entries(path, closing="]" if opening == "[" else "}")
        else:
            self._skip(_SCALAR)

    def _entries(self, path: KeyPath, *, closing: str) -> None:
        index = 0
        self._skip(_GAP)
        while self.text[self.at] != closing:
            if closing == "]":
                self._note((*path, index))
                self._value((*path, index))
                index += 1
            else:
                self._pair(path)
            self._skip(_GAP)
            if self.text[self.at] == ",":
                self.at += 1
                self._skip(_GAP)
        self.at += 1
