"""SQL that users ran: shown as the policy says, with its kind and its tables.

How it is shown without its literals is in `sql_tokens`. A text that the parser does not understand is then never shown,
because its tokens may not be what they seem to be; its hash stands for it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from auditctl.population.redaction import Redaction
from auditctl.population.sql_tokens import render
from auditctl.text import SqlText

_LARGEST_TEXT = 100_000  # characters
_MOST_TOKENS = 50_000
_DEEPEST = 30  # open brackets and CASEs: far from the interpreter's own limit, so the answer is the same on any stack

# Its warnings quote the SQL, literals and all: they must reach no log and no terminal.
_sqlglot_log = logging.getLogger("sqlglot")
_sqlglot_log.addHandler(logging.NullHandler())
_sqlglot_log.propagate = False

# What the parser raises on hostile text, besides its own errors.
_NOT_UNDERSTOOD = (SqlglotError, ValueError, TypeError, AttributeError, LookupError)

# SQLAlchemy backend -> sqlglot dialect, where the names differ
_DIALECTS = {
    **dict.fromkeys(("postgresql", "cockroachdb", "greenplum"), "postgres"),
    **dict.fromkeys(("shillelagh", "gsheets", "superset"), "sqlite"),
    **dict.fromkeys(("clickhousedb", "clickhousehttp"), "clickhouse"),
    **{"mariadb": "mysql", "mssql": "tsql", "awsathena": "athena", "impala": "hive", "sparksql": "spark"},
    **{"teradatasql": "teradata", "exa": "exasol", "pydoris": "doris", "singlestoredb": "singlestore"},
}
_LOOSE = frozenset({None, "sqlite"})  # a double-quoted word may be a string: SQLite's own rule, and what is unknown

# The most consequential first: a text of several statements gets the first of these that it holds.
_KINDS = (
    *("DROP", "TRUNCATE", "ALTER", "GRANT"),
    *("DELETE", "UPDATE", "INSERT", "MERGE"),
    "CREATE",
    *("OTHER", "SET", "EXPLAIN", "SHOW"),
    "SELECT",
)
_KIND_OF_NODE: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    ((exp.Drop,), "DROP"),
    ((exp.TruncateTable,), "TRUNCATE"),
    ((exp.Alter,), "ALTER"),
    ((exp.Grant, exp.Revoke), "GRANT"),
    ((exp.Delete,), "DELETE"),
    ((exp.Update,), "UPDATE"),
    ((exp.Insert, exp.MultitableInserts, exp.LoadData), "INSERT"),
    ((exp.Merge,), "MERGE"),
    ((exp.Create,), "CREATE"),
    ((exp.Transaction, exp.Commit, exp.Rollback, exp.Analyze, exp.Comment, exp.Copy, exp.Declare), "OTHER"),
    ((exp.Execute, exp.Attach, exp.Detach, exp.Cache, exp.Uncache, exp.Refresh, exp.Kill), "OTHER"),
    ((exp.Set, exp.Use, exp.Pragma), "SET"),
    ((exp.Show, exp.Summarize), "SHOW"),
    ((exp.Query, exp.Values), "SELECT"),
)
# By first word, for statements that the parser takes as a mere command or does not understand at all.
_KIND_OF_WORD = {kind: kind for kind in _KINDS} | {
    **{"REVOKE": "GRANT", "REPLACE": "INSERT", "UPSERT": "INSERT", "LOAD": "INSERT", "RENAME": "ALTER"},
    **{"USE": "SET", "PRAGMA": "SET", "RESET": "SET", "DESCRIBE": "SHOW", "DESC": "SHOW"},
}

_BRACKETS = {
    **dict.fromkeys((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE), 1),
    **dict.fromkeys((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END), -1),
}
_EXPLAINED = frozenset(
    {TokenType.SELECT, TokenType.WITH, TokenType.INSERT, TokenType.UPDATE, TokenType.DELETE, TokenType.MERGE}
    | {TokenType.CREATE}
)


class TableRef(NamedTuple):
    """A table as the SQL names it."""

    catalog: str | None
    schema: str | None
    table: str


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """What can be said about one SQL text without showing its literals."""

    digest: str
    """Of the text as it was given, in UTF-8: `Redaction.digest`."""
    shown: str | None
    """As the policy says; redacted it is the statements joined with `; `. None when it was not understood and must
    not be shown."""
    kind: str
    """The most consequential of its statements (DROP, TRUNCATE, ALTER, GRANT, DELETE, UPDATE, INSERT, MERGE, CREATE,
    OTHER, SET, EXPLAIN, SHOW, SELECT, in this order); of a text that was not understood, by its first words."""
    tables: tuple[TableRef, ...]
    """Read or written, in order of appearance; incomplete when the text was not understood."""
    parsed: bool
    reason: str | None
    """Why it was not understood; never a part of the text."""


class _Statement(NamedTuple):
    kind: str
    tables: tuple[TableRef, ...] = ()
    shown: str | None = None
    reason: str | None = None


def describe_sql(text: str, dialect: str | None, redaction: Redaction) -> SqlFacts:
    """Return what can be said about a text that ran on a database of this SQLAlchemy backend (None: not known)."""
    statements = list(_read(text.encode("utf-8", "replace").decode(), _dialect_name(dialect), redaction))
    kind = min((statement.kind for statement in statements), key=_KINDS.index, default="OTHER")
    tables = tuple(dict.fromkeys(table for statement in statements for table in statement.tables))
    reason = next((statement.reason for statement in statements if statement.reason), None)
    shown: str | None
    if redaction.policy is SqlText.FULL:
        shown = text
    elif reason is not None:
        shown = None
    elif redaction.policy is SqlText.HASH:
        shown = redaction.mark_sql(text)
    else:
        shown = "; ".join(statement.shown for statement in statements if statement.shown is not None)
    return SqlFacts(redaction.digest(text), shown, kind, tables, reason is None, reason)


def not_read(text: str, reason: str, redaction: Redaction) -> SqlFacts:
    """Return what can be said about a text that was not read."""
    shown = text if redaction.policy is SqlText.FULL else None
    return SqlFacts(redaction.digest(text), shown, _kind_of_word(text), (), False, reason)


def _dialect_name(backend: str | None) -> str | None:
    """Return sqlglot's name for a SQLAlchemy backend (`postgresql+psycopg2`), or None for one that it does not know."""
    name = (backend or "").partition("+")[0].lower()
    name = _DIALECTS.get(name, name)
    return name if name and Dialect.get(name) else None


def _read(text: str, name: str | None, redaction: Redaction) -> Iterator[_Statement]:
    kind = _kind_of_word(text)
    if len(text) > _LARGEST_TEXT:
        yield _Statement(kind, reason=f"too large to read: {len(text)} characters, at most {_LARGEST_TEXT}")
        return
    if "/*!" in text:  # MySQL runs what stands in such a comment, so it must not be dropped
        yield _Statement(kind, reason="not understood: a comment that some servers run")
        return
    reader = _Reader(name, redaction)
    try:
        tokens = reader.dialect.tokenize(text)
    except _NOT_UNDERSTOOD:
        yield _Statement(kind, reason=reader.reason)
        return
    if len(tokens) > _MOST_TOKENS:
        yield _Statement(kind, reason=f"too large to read: {len(tokens)} tokens, at most {_MOST_TOKENS}")
        return
    start = 0
    for end, token in enumerate([*tokens, Token(TokenType.SEMICOLON, ";")]):
        if token.token_type is TokenType.SEMICOLON:
            if end > start:
                yield reader.read(tokens[start:end], text)
            start = end + 1


def _kind_of_word(text: str) -> str:
    word = re.match(r"\s*([A-Za-z]+)", text)
    return _KIND_OF_WORD.get(word[1].upper(), "OTHER") if word else "OTHER"


class _Reader:
    """Reads statements of one dialect."""

    def __init__(self, name: str | None, redaction: Redaction) -> None:
        self.dialect = Dialect.get_or_raise(name)
        self.loose = name in _LOOSE
        self.reason = f"not understood as {name or 'generic'} SQL"
        self._redaction = redaction if redaction.policy is SqlText.REDACTED else None
        self._commands = self.dialect.tokenizer_class.COMMANDS

    def read(self, tokens: list[Token], sql: str) -> _Statement:
        """Return what can be said about one statement, given as tokens of `sql`."""
        kind = _kind_of_word(tokens[0].text)
        if _depth(tokens) > _DEEPEST:
            return _Statement(kind, reason="nested too deeply to read")
        if any(_is_dollar_quote(token) for token in tokens):
            return _Statement(kind, reason=self.reason)
        if len(tokens) == 2 and tokens[0].token_type in self._commands:
            return self._read_command(tokens[0].text, tokens[1].text)
        try:
            tree = self.dialect.parser(error_level=ErrorLevel.RAISE).parse(tokens, sql)[0]
        except RecursionError:
            return _Statement(kind, reason="nested too deeply to read")
        except _NOT_UNDERSTOOD:
            return _Statement(kind, reason=self.reason)
        if isinstance(tree, exp.Command) and tree.name.upper() == "SET":  # of a form that the parser does not know
            return _Statement("SET", shown=self._render(tokens, sql))
        known = None if tree is None or tree.find(exp.Command) else _kind_of_statement(tree)
        if tree is None or known is None:
            return _Statement(kind, reason=self.reason)
        return _Statement(known, _tables(tree), self._render(tokens, sql))

    def _read_command(self, word: str, rest: str) -> _Statement:
        """Read a statement that the tokenizer took as one word and a lump of text.

        SHOW is harmless and shown; EXPLAIN is read as what it explains, and is that when it also runs it (ANALYZE).
        """
        not_understood = _Statement(_kind_of_word(word), reason=self.reason)
        if word.upper() not in {"SHOW", "EXPLAIN"}:
            return not_understood
        try:
            tokens = self.dialect.tokenize(rest)
        except _NOT_UNDERSTOOD:
            return not_understood
        if word.upper() == "SHOW" and not any(_is_dollar_quote(token) for token in tokens):
            return _Statement("SHOW", shown=f"{word} {self._render(tokens, rest)}")
        start = next((at for at, token in enumerate(tokens) if token.token_type in _EXPLAINED), None)
        if start is None:
            return not_understood
        inner = self.read(tokens[start:], rest)
        runs = any(token.text.upper() == "ANALYZE" for token in tokens[:start])
        kind = min("EXPLAIN", inner.kind, key=_KINDS.index) if runs else "EXPLAIN"
        options = self._render(tokens[:start], rest)
        shown = None if inner.shown is None else " ".join(filter(None, (word, options, inner.shown)))
        return inner._replace(kind=kind, shown=shown)

    def _render(self, tokens: Sequence[Token], sql: str) -> str:
        """Return the tokens without their literals; nothing where the policy shows something else."""
        return render(tokens, sql, self._redaction, loose=self.loose) if self._redaction else ""


def _depth(tokens: Sequence[Token]) -> int:
    deepest = depth = 0
    for token in tokens:
        depth = max(depth + _BRACKETS.get(token.token_type, 0), 0)
        deepest = max(deepest, depth)
    return deepest


def _is_dollar_quote(token: Token) -> bool:
    """Tell whether the tokenizer took `$$text$$` for names, as it does in dialects without such strings."""
    return token.token_type is TokenType.VAR and re.match(r"\$\w*\$", token.text) is not None


def _kind_of_statement(tree: exp.Expr) -> str | None:
    if isinstance(tree, exp.Describe):
        explained = _kind_of_statement(tree.this) if isinstance(tree.this, exp.Expr) else None
        if isinstance(tree.this, exp.Table) or explained is None:
            return "SHOW"
        runs = str(tree.args.get("style")).upper() == "ANALYZE"
        return min("EXPLAIN", explained, key=_KINDS.index) if runs else "EXPLAIN"
    kinds = [kind for types, kind in _KIND_OF_NODE if isinstance(tree, types)][:1]
    if not kinds:
        return None
    # A CTE may write too (PostgreSQL), and SELECT ... INTO makes a table.
    for part in tree.find_all(exp.CTE, exp.Into):
        kinds.append("CREATE" if isinstance(part, exp.Into) else _kind_of_statement(part.this) or "OTHER")
    return min(kinds, key=_KINDS.index)


def _tables(tree: exp.Expr) -> tuple[TableRef, ...]:
    found: list[tuple[int, TableRef]] = []
    aliases = {table.alias.lower() for table in tree.find_all(exp.Table) if table.alias}
    ctes = {
        id(clause): {cte.alias.lower(): at for at, cte in reversed([*enumerate(clause.expressions)])}
        for clause in tree.find_all(exp.With)
    }
    for table in tree.find_all(exp.Table):
        parts = table.parts
        if not all(isinstance(part, exp.Identifier) for part in parts) or not _is_of_a_table(table):
            continue
        names = [part.name for part in parts]
        if len(names) == 1 and (_is_cte(table, ctes) or (_is_target(table) and names[0].lower() in aliases)):
            continue
        catalog, schema = ".".join(names[:-2]) or None, ".".join(names[-2:-1]) or None
        found.append((parts[0].meta.get("start", 0), TableRef(catalog, schema, names[-1])))
    return tuple(dict.fromkeys(table for _, table in sorted(found, key=lambda item: item[0])))


def _is_of_a_table(table: exp.Table) -> bool:
    """Tell a table or view from a schema, function or procedure that the tree calls a table as well."""
    parent = table.parent
    if isinstance(parent, exp.Schema) and parent.this is table:
        parent = parent.parent
    if isinstance(parent, exp.Create | exp.Drop):
        return str(parent.args.get("kind")).upper() in {"TABLE", "VIEW"}
    return not isinstance(parent, exp.UserDefinedFunction | exp.Use | exp.Execute)


def _is_target(table: exp.Table) -> bool:
    """Tell whether UPDATE or DELETE names the table alone: then it may be an alias (`DELETE a FROM t AS a`)."""
    return isinstance(table.parent, exp.Update | exp.Delete) and not table.alias


def _is_cte(table: exp.Table, ctes: dict[int, dict[str, int]]) -> bool:
    """Tell whether a name means a CTE here.

    Outside the WITH each of its names does, inside it only those before (unless RECURSIVE): the inner `t` of
    `WITH t AS (SELECT * FROM t)` is a real table.
    """
    name = table.name.lower()
    inside: exp.Expr = table
    node = table.parent
    while node is not None:
        if isinstance(node, exp.With):
            at = ctes[id(node)].get(name)
            if at is not None and (node.args.get("recursive") or at < (inside.index or 0)):
                return True
        elif (clause := node.args.get("with_")) is not None and clause is not inside and name in ctes[id(clause)]:
            return True
        inside, node = node, node.parent
    return False
