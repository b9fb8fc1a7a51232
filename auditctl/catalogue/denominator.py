"""The denominator of a query: a relation that it reads, or one of its own WITH, whose rows are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditctl.catalogue.model import Query, RelationSpec

_SELECT = re.compile(r"^SELECT\b", re.MULTILINE)
_TIMES = ("occurred_at", "day_since", "hour_since")
"""The column that tells whether a row of a relation lies in the window."""


def counting_sql(query: Query, relations: Mapping[str, RelationSpec]) -> str | None:
    """Return the SELECT that counts the denominator of a query; None where it declares none.

    Of a relation with a time, the rows in the window count. One of the query's own WITH chooses its rows itself, by the
    query's parameters: so what is counted and what is judged cannot differ.
    """
    name = query.denominator
    if name is None:
        return None
    if name not in query.reads:
        return f"{query.sql[: main_select(query.sql)]}SELECT count(*) FROM {name}"
    columns = {column.name for column in relations[name].columns}
    time = next((time for time in _TIMES if time in columns), None)
    window = f" CROSS JOIN run_context AS c WHERE {time} >= c.since AND {time} < c.until" if time else ""
    return f'SELECT count(*) FROM "{name}"{window}'


def main_select(sql: str) -> int:
    """Return where the SELECT after WITH begins: the first that begins a line; lint insists that it is that one."""
    found = _SELECT.search(sql)
    return found.start() if found else -1
