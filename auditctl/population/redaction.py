"""How texts that may hold values of the audited data are shown: as keyed markers, as one keyed hash, or in full.

Equal values have equal markers under one key, so that a reader can follow a value without learning it. Without the key
a value cannot be guessed from its marker; whoever holds the key can test a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from auditctl.population.redaction_key import RedactionKey, read_or_make_key
from auditctl.text import SqlText

_SHOWN_DIGITS = 10  # of the hash: 40 bits
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+", re.ASCII)

# Of an error message: what repeats the statement goes, then all from the first quote or bracket to the last (what is
# between may hold quotes of its own, so pairs cannot be told), then each number that is no place in the statement.
_REPEATED = re.compile(r"\[(?:SQL|parameters): .*|\bLINE \d+: .*", re.DOTALL)
_DELIMITER = re.compile(r"[\"`()]|(?<![^\W\d_])'|'(?![^\W\d_])")  # the apostrophe of a word (can't) is none
_WORD = re.compile(r"\w")
_CLOSING = {"'": "'", '"': '"', "`": "`", "(": ")"}
_LOOSE_NUMBER = re.compile(r"(?<!line )(?<!column )(?<!position )(?<!character )(?<![\w<:.])\d[\d.,:-]*")


class Redaction:
    """The policy of one run, with the key that its markers are made with, read or made when it is first needed."""

    def __init__(self, policy: SqlText, key_file: Path) -> None:
        self.policy = policy
        self._key_file = key_file

    @cached_property
    def key(self) -> RedactionKey:
        """The key.

        Raises:
            SettingsError: its file cannot be read, is none, or others on this machine can read it.
            OutputError: there is none, and it cannot be written.
        """
        return read_or_make_key(self._key_file)

    @property
    def key_id(self) -> str:
        """The id of the key, if it was used; else empty."""
        return self.key.id if "key" in self.__dict__ else ""

    def digest(self, sql: str) -> str:
        """Return the hash that stands for a text of SQL: keyed, or where SQL is shown in full its plain SHA-256."""
        if self.policy is SqlText.FULL:
            return plain_sha256(sql)
        return self._keyed("sql", sql)

    def mark_sql(self, sql: str) -> str:
        """Return the marker of a whole text of SQL."""
        return f"<sql:{self.digest(sql)[:_SHOWN_DIGITS]}>"

    def mark_text(self, value: str) -> str:
        """Return the marker of a text; of one that is an ISO date or time, it says that."""
        return self.mark("date" if _DATE.fullmatch(value) else "text", value)

    def mark_number(self, text: str) -> str:
        """Return the marker of a number as written; 40.5 and 40.50 have the same."""
        return self.mark("number", _canonical(text))

    def mark(self, kind: str, value: str) -> str:
        """Return `<kind:HASH>`."""
        return f"<{kind}:{self._keyed(kind, value)[:_SHOWN_DIGITS]}>"

    def error(self, message: str) -> str:
        """Return an error message of a database, in which parts of the statement and values of rows may stand."""
        if self.policy is SqlText.FULL:
            return message
        if self.policy is SqlText.HASH:
            return self.mark("error", message)
        message = _REPEATED.sub("<...>", message)
        found = [*_DELIMITER.finditer(message)]
        if not found:
            return self._mark_numbers(message)
        start, end = found[0].end(), found[-1].start()
        if len(found) == 1 or _CLOSING.get(found[0][0]) != found[-1][0] or _WORD.match(message, end + 1):
            end = len(message)  # the last closes nothing
        before, value, after = message[: start - 1], message[start:end], message[end + 1 :]
        return self._mark_numbers(before) + self.mark_text(value) + self._mark_numbers(after)

    def _mark_numbers(self, words: str) -> str:
        return _LOOSE_NUMBER.sub(lambda found: self.mark_number(found[0]), words)

    def _keyed(self, kind: str, value: str) -> str:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key.secret, message, hashlib.sha256).hexdigest()


def plain_sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        return number.lower()  # 0xAB, 1_000, 10L
    plain = f"{Decimal(number):f}"  # exact, unlike normalize()
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
