"""What a query rests on: relations, tables of the source, and whether rows of the log outside its window."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from auditctl.catalogue.action_rules import EXTENDED
from auditctl.catalogue.model import Catalogue, Query, RelationSpec

_SUMMARY = "log_summary"
_ROWS = "log_rows"


def needed_relations(catalogue: Catalogue, names: Iterable[str]) -> list[RelationSpec]:
    """Return `names` and everything that they are made from, each after what it reads."""
    needed: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in needed:
            needed.add(name)
            queue += catalogue.relations[name].reads
    return [spec for spec in catalogue.relations.values() if spec.name in needed]


def needed_tables(specs: Collection[RelationSpec]) -> set[str]:
    """Return the raw tables that these relations are made from."""
    return {table for spec in specs for table in spec.tables}


def needed_actions(catalogue: Catalogue, reads: Collection[str], kinds: Collection[str]) -> tuple[str, ...] | None:
    """Return the actions of Superset's own log whose rows are enough to make relations; None where all rows are needed.

    Args:
        catalogue: Relations, and the kinds of actions.
        reads: The relations that are read.
        kinds: Kinds of rows that are needed beside what relations say.
    """
    if _ROWS in reads:
        return None
    wanted = set(kinds)
    for spec in needed_relations(catalogue, reads):
        direct = "logs" in spec.tables and spec.name != _ROWS
        if direct or (_ROWS in spec.reads and not spec.log_kinds):
            return None
        wanted |= set(spec.log_kinds)
    names = {rule.name for rule in catalogue.actions if rule.kind in wanted and not rule.name.startswith(EXTENDED)}
    if any(name.endswith("*") for name in names):
        return None
    # Of an action that its payload tells apart all rows are read.
    heads = {name: name.partition("/")[0] for name in names}
    return tuple(sorted({head if head in catalogue.discriminators else name for name, head in heads.items()}))


def needs_whole_log(catalogue: Catalogue, queries: Iterable[Query]) -> bool:
    """Return whether an answer rests on rows of the log outside the window, which only a scan can find.

    A relation does that is made from the summary of the whole log; or only some of its columns do, which it names.
    Those count where the text that reads it has their name.
    """
    wanted = tuple(queries)
    if any(_SUMMARY in query.reads for query in wanted):
        return True
    specs = needed_relations(catalogue, {name for query in wanted for name in query.reads})
    texts = [(query.reads, query.sql) for query in wanted] + [(spec.reads, spec.sql or "") for spec in specs]
    for spec in specs:
        if _SUMMARY in spec.reads:
            named = re.compile(rf"\b({'|'.join(spec.whole_log)})\b") if spec.whole_log else re.compile("")
            if any(spec.name in reads and named.search(sql) for reads, sql in texts):
                return True
    return False


def may_trust_ids(catalogue: Catalogue, query: Query) -> bool:
    """Return whether the rows of a window are enough for the answer, and are rows of the log."""
    asked = [query, catalogue.queries[query.fallback]] if query.fallback else [query]
    reads_log = "logs" in needed_tables(needed_relations(catalogue, query.reads))
    return reads_log and not needs_whole_log(catalogue, asked)
