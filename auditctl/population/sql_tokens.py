"""SQL put together again from its tokens, without the literals.

A string becomes `<text:HASH>` or `<date:HASH>`, a number `<number:HASH>` (none is valid SQL, so none can be mistaken
for what a user wrote; equal values have equal hashes), an IN list of more than five values `(… n values)`. Comments and
hints go, white space becomes one space. All else stays as it was typed: names, also quoted ones, and the numbers of
LIMIT, OFFSET, TOP and FETCH. Cutting tokens rather than printing the parsed tree loses no literal on the way into the
tree (interval units, JSON paths, date parts).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token
from sqlglot.tokenizer_core import TokenType as _T

from auditctl.population.redaction import Redaction

_LONGEST_LIST = 5  # values of an IN list that are shown one by one

_LITERALS = frozenset(
    {_T.STRING, _T.NATIONAL_STRING, _T.NATIONAL_RAW_STRING, _T.RAW_STRING, _T.NUMBER}
    | {_T.BIT_STRING, _T.HEX_STRING, _T.BYTE_STRING, _T.HEREDOC_STRING, _T.UNICODE_STRING}
)
_SIGNS = frozenset({_T.DASH, _T.PLUS})
_COMPARISONS = frozenset(
    {_T.EQ, _T.NEQ, _T.GT, _T.GTE, _T.LT, _T.LTE, _T.NULLSAFE_EQ, _T.LIKE, _T.ILIKE, _T.GLOB, _T.RLIKE, _T.BETWEEN}
)


def render(tokens: Sequence[Token], sql: str, redaction: Redaction, *, loose: bool) -> str:
    """Return the tokens of `sql` as one line without literals.

    `loose`: a double-quoted word that stands where a value does is a string, as SQLite may take it.
    """
    strings = _quoted_strings(tokens, sql) if loose else frozenset()
    parts: list[str] = []
    at = 0
    end = tokens[0].start - 1 if tokens else 0  # of the last token in `sql`
    tail = False
    while at < len(tokens):
        token = tokens[at]
        kind = token.token_type
        if token.start > end + 1:
            parts.append(" ")
            tail = False
        # The tokenizer splits what it does not take for one number (0xAB, 1_000), and makes a cast of 10L.
        tail = tail and (kind is _T.VAR or token.start <= end)
        if kind in _LITERALS:
            if _is_limit(tokens, at):
                parts.append(token.text)
            elif kind is _T.NUMBER:
                parts.append(redaction.mark_number(_whole_number(tokens, at)))
            else:
                parts.append(redaction.mark_text(token.text))
            tail = True
        elif kind is _T.IDENTIFIER:
            parts.append(redaction.mark_text(token.text) if at in strings else sql[token.start : token.end + 1])
        elif kind is not _T.HINT and not tail:  # a hint may hold anything
            parts.append(token.text)
        end = token.end
        if kind is _T.IN and (closing := _long_list(tokens, at + 1)):
            values = sum(token.token_type in _LITERALS for token in tokens[at + 2 : closing])
            parts.append(f" (… {values} values)")
            at, end = closing, tokens[closing].end
        at += 1
    return " ".join("".join(parts).split())


def _whole_number(tokens: Sequence[Token], at: int) -> str:
    """Return a number with the rest that the tokenizer split from it."""
    parts = [tokens[at].text]
    for before, token in pairwise(tokens[at:]):
        if token.start > before.end + 1 or token.token_type is not _T.VAR:
            break
        parts.append(token.text)
    return "".join(parts)


def _is_limit(tokens: Sequence[Token], at: int) -> bool:
    """Tell a number that says how many rows: LIMIT 5, LIMIT 5, 10, OFFSET 5, TOP 5, TOP (5), FETCH FIRST 5."""
    if not tokens[at].text.isdigit():
        return False
    before: list[_T | None] = [None, None, None, *(token.token_type for token in tokens[max(0, at - 3) : at])]
    third, second, first = before[-3:]
    return (
        first in {_T.LIMIT, _T.OFFSET, _T.TOP}
        or (first in {_T.FIRST, _T.NEXT} and second is _T.FETCH)
        or (first is _T.L_PAREN and second is _T.TOP)
        or (first is _T.COMMA and second is _T.NUMBER and third is _T.LIMIT)
    )


def _long_list(tokens: Sequence[Token], opening: int) -> int | None:
    """Return where the list of literals that opens here closes, when it is too long to show its values one by one."""
    if opening >= len(tokens) or tokens[opening].token_type is not _T.L_PAREN:
        return None
    values = 0
    for at in range(opening + 1, len(tokens)):
        kind = tokens[at].token_type
        if kind in _LITERALS:
            values += 1
        elif kind is _T.R_PAREN:
            return at if values > _LONGEST_LIST else None
        elif kind is not _T.COMMA and kind not in _SIGNS:
            return None
    return None


def _quoted_strings(tokens: Sequence[Token], sql: str) -> frozenset[int]:
    """Return where a double-quoted word stands for a value: compared with something, or in a list of values."""
    found: set[int] = set()
    lists: list[bool] = []
    was_list = between = False
    before = _T.SEMICOLON
    for at, token in enumerate(tokens):
        kind = token.token_type
        after = tokens[at + 1].token_type if at + 1 < len(tokens) else _T.SEMICOLON
        if kind is _T.L_PAREN:
            opens = before in {_T.IN, _T.VALUES} or (was_list and before is _T.COMMA)
            lists.append(opens and after not in {_T.SELECT, _T.WITH})
        elif kind is _T.R_PAREN:
            was_list = bool(lists) and lists.pop()
        elif kind is _T.IDENTIFIER and sql[token.start] == '"' and _T.DOT not in (before, after):
            listed = bool(lists) and lists[-1] and before in {_T.L_PAREN, _T.COMMA}
            if listed or before in _COMPARISONS or (between and before is _T.AND):
                found.add(at)
        between = kind is _T.BETWEEN or (between and before is not _T.AND)
        before = kind
    return frozenset(found)
