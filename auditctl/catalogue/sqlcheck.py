"""The full check of a query's SQL: one portable SELECT that reads, takes and returns exactly what its header says.

sqlglot and DuckDB are imported with this module: load it only when there is something to check.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError, SqlglotError

from auditctl.catalogue.binding import Binder, Complaint
from auditctl.catalogue.denominator import main_select
from auditctl.catalogue.document import Table
from auditctl.catalogue.functions import refuse
from auditctl.catalogue.header import statement_line
from auditctl.catalogue.model import Query, RelationSpec
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.portable import find_refusals, offset_of
from auditctl.catalogue.problems import Problems
from auditctl.catalogue.queries import QueryFile

logging.getLogger("sqlglot").addHandler(logging.NullHandler())  # what it cannot parse is said in our words, once

_NAMED = re.compile(r"[A-Za-z_]\w*")


def check_statements(files: list[QueryFile], relations: Mapping[str, RelationSpec], problems: Problems) -> None:
    """Check the SQL of every file; what is wrong is noted with its line."""
    with Binder(relations) as binder:
        for file in files:
            _Check(file, relations, problems).run(binder)


class _Check:
    """One query against its own header."""

    def __init__(self, file: QueryFile, relations: Mapping[str, RelationSpec], problems: Problems) -> None:
        self._query: Query = file.query
        self._header: Table = file.header
        self._relations = relations
        self._problems = problems
        self._first_line = statement_line(file.query.text, file.query.sql)

    def run(self, binder: Binder) -> None:
        if not self._query.sql:
            return
        clean = not self._problems.concern(self._query.path)
        before = len(self._problems)
        tree = self._parse()
        if tree is None:
            return
        tokens = sqlglot.tokenize(self._query.sql, read="duckdb")
        advised = [message for _, message in self._refusals(tree, tokens)]
        self._check_functions(binder.called(self._query.sql) or [], tokens, advised)
        self._check_parameters(tree, tokens)
        self._check_reads(tree)
        self._check_order(tree)
        self._check_denominator(tree, tokens)
        # Binding repeats what is already noted: its own messages are only wanted when all else is well.
        if clean and len(self._problems) == before:
            self._bind(binder)

    def _refusals(self, tree: exp.Expr, tokens: list[Token]) -> Iterator[tuple[int, str]]:
        for offset, message in find_refusals(tree, tokens):
            self._note(offset, message)
            yield offset, message

    def _check_functions(self, called: list[str], tokens: list[Token], advised: list[str]) -> None:
        """Note what is called and not allowed, but for what was refused with better advice already."""
        places = {token.text.lower(): token.start for token in reversed(tokens)}
        for name in called:
            message = refuse(name)
            if message and not advised:
                self._note(places.get(name, 0), message)

    def _parse(self) -> exp.Query | None:
        try:
            trees = sqlglot.parse(self._query.sql, read="duckdb")
        except RecursionError:
            self._note(0, "nested too deeply to be checked; write it with WITH")
            return None
        except ParseError as error:
            first = error.errors[0]
            shown = f"{first['start_context']}{first['highlight']}"
            self._note(self._query.sql.find(shown) + len(first["start_context"]), f"not SQL: {first['description']}")
            return None
        except SqlglotError:
            self._note(0, "not SQL: a text or a comment is never closed")
            return None
        found = [tree for tree in trees if tree is not None]
        if len(found) != 1 or not isinstance(found[0], exp.Select | exp.SetOperation):
            self._note(offset_of(found[-1]) if found else 0, "a query is exactly one SELECT; remove everything else")
            return None
        return found[0]

    def _check_parameters(self, tree: exp.Expr, tokens: list[Token]) -> None:
        declared = {parameter.name for parameter in self._query.parameters}
        places = {name.text: sign.start for sign, name in pairwise(tokens) if sign.token_type is TokenType.PARAMETER}
        used = {node.name: node for node in tree.find_all(exp.Placeholder)}
        for name, node in used.items():
            if not _NAMED.fullmatch(name):
                self._note(offset_of(node), "a parameter without a name; write $name")
            elif name not in declared:
                self._note(places.get(name, 0), f"${name} is not declared; add it to [parameters]")
        for name in sorted(declared - used.keys()):
            self._header.problem(f"parameter '{name}' is never used; use ${name} or remove it", "parameters", name)

    def _check_reads(self, tree: exp.Expr) -> None:
        names = {cte.alias.lower(): cte for cte in tree.find_all(exp.CTE)}
        for name, cte in names.items():
            if name in self._relations:
                self._note(offset_of(cte.args["alias"]), f"WITH '{name}' hides the relation; name it otherwise")
        read = set()
        for table in tree.find_all(exp.Table):
            if not isinstance(table.this, exp.Identifier) or (not table.db and table.name.lower() in names):
                continue
            name = table.name.lower()
            if table.db:
                self._note(offset_of(table), f"'{table.db}.{name}' is qualified; write the relation's name alone")
            elif name not in self._relations:
                self._note(offset_of(table), unknown("relation", name, self._relations))
            elif name not in self._query.reads:
                self._note(offset_of(table), f"'{name}' is read but not declared; add it to 'reads'")
            read.add(name)
        for name in self._query.reads:
            if name in self._relations and name not in read:
                self._header.problem(f"'{name}' is declared but not read; remove it from 'reads'", "reads")

    def _check_order(self, tree: exp.Expr) -> None:
        key = self._query.key
        order = tree.args.get("order")
        wanted = ", ".join(key)
        if order is None:
            self._note(len(self._query.sql) - 1, f"no ORDER BY; end with ORDER BY ..., {wanted}")
            return
        last = [term.this for term in order.expressions[-len(key) :]] if key else []
        if any(not isinstance(term, exp.Column) for term in last) or {term.name for term in last} != set(key):
            self._note(offset_of(order), f"ORDER BY does not end with the key; end it with {wanted}")

    def _check_denominator(self, tree: exp.Query, tokens: list[Token]) -> None:
        name = self._query.denominator
        if name is None or name in self._query.reads:
            return
        own = [cte.alias for cte in tree.ctes]
        if name not in own:
            self._header.problem(unknown("relation or WITH", name, [*self._query.reads, *own]), "denominator")
        elif all(table.name != name for table in tree.find_all(exp.Table)):
            self._header.problem(f"'{name}' is counted, but nothing reads it; select the rows from it", "denominator")
        elif "denominator_noun" not in self._header:
            self._header.problem("say in 'denominator_noun' what its rows are called, in the plural", "denominator")
        elif main_select(self._query.sql) != _main_token(tokens):
            self._note(_main_token(tokens), "begin the line with the SELECT after WITH, and with no SELECT before it")

    def _bind(self, binder: Binder) -> None:
        found = binder.describe(self._query)
        if isinstance(found, Complaint):
            line = self._first_line + found.line - 1
            self._problems.add(self._query.path, line, f"not SQL that runs: {found.message}")
            return
        declared = {column.name: column for column in self._query.columns}
        names = [name for name, _ in found]
        for message in islice(self._name_problems(names, list(declared)), 1):
            self._note(0, message)
        for name, actual in found:
            column = declared.get(name)
            if column and (advice := binder.type_problem(column.type, actual)):
                self._header.problem(f"column '{name}' is {actual}, not {column.type}; {advice}", "columns", name)

    def _name_problems(self, names: list[str], declared: list[str]) -> Iterator[str]:
        missing = [name for name in declared if name not in names]
        extra = [name for name in names if name not in declared]
        if missing or extra:
            parts = [f"does not return {', '.join(missing)}"] if missing else []
            parts += [f"returns {', '.join(extra)}, which is not declared"] if extra else []
            yield f"the SELECT {' and '.join(parts)}; make [columns] and the SELECT agree"
        elif len(set(names)) < len(names):
            yield "the SELECT returns a column twice; keep one"
        elif names != declared:
            yield f"columns come in another order than declared; write {', '.join(declared)}"

    def _note(self, offset: int, message: str) -> None:
        line = self._first_line + self._query.sql.count("\n", 0, max(0, offset))
        self._problems.add(self._query.path, line, message)


def _main_token(tokens: list[Token]) -> int:
    """Return where the first SELECT outside parentheses stands: that after WITH."""
    depth = 0
    for token in tokens:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.token_type is TokenType.SELECT:
            return int(token.start)
    return 0
