"""Which tables can be looked at, how many rows they have, and where they begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditctl.doctor.model import Count, Edge, Known, TableState, Unread
from auditctl.source.database import DatabaseSource, Size
from auditctl.source.probes import count_rows
from auditctl.source.tables import TableSpec, table_specs

_COUNTED_IDS = 100_000
"""Counting is bounded where there are no more ids than these."""


def find_unread(source: DatabaseSource) -> Iterator[Unread]:
    """Yield what this account cannot read of the tables that are there, of the columns that auditctl reads."""
    quote = source.dialect.identifier_preparer.quote
    role = _account(source)
    hidden = source.hidden
    for name, spec in table_specs().items():
        refused = source.denied.get(name, ())
        columns = tuple(column for column in spec.columns if column in refused)
        if name in hidden:
            remedy = f"ALTER ROLE {role} BYPASSRLS, or have its owner disable row-level security on {quote(name)}"
            yield Unread(name, (), "row-level security may hide rows from this account", remedy)
        elif columns:
            remedy = f"{source.grant_hint(name, columns)} TO {role}"
            yield Unread(name, columns, "not granted to this account", remedy)


def _account(source: DatabaseSource) -> str:
    """Return the account as a GRANT names it; on MySQL that is a user and a host."""
    quote = source.dialect.identifier_preparer.quote
    parts = source.facts.role.name.rsplit("@", 1 if source.dialect.name == "mysql" else 0)
    return "@".join(map(quote, parts)).replace("%%", "%")  # which was doubled for a driver


def examine_tables(source: DatabaseSource, unread: Iterable[Unread], *, exact: bool) -> Iterator[TableState]:
    """Yield the state of every table whose key and time this account may read."""
    barred = {one.table: one for one in unread}
    sizes = source.sizes()
    for name, spec in table_specs().items():
        needed = {column for column in (spec.key, spec.time) if column}
        hidden = name in barred and not barred[name].columns
        refused = name in barred and not needed.isdisjoint(barred[name].columns)
        if spec.key is None or hidden or refused or not needed <= set(source.facts.tables.get(name, ())):
            continue
        yield _examine(source, spec, sizes.get(name, Size(None, None)), exact=exact)


def _examine(source: DatabaseSource, spec: TableSpec, size: Size, *, exact: bool) -> TableState:
    lowest, highest = (source.edge(spec, newest=newest) for newest in (False, True))
    rows = Count(0, Known.COUNTED)
    if lowest and highest:
        ids = highest[0] - lowest[0] + 1
        if exact or ids <= _COUNTED_IDS:
            rows = Count(count_rows(source, spec, most=None), Known.COUNTED)
        elif size.rows is not None:
            rows = Count(size.rows, Known.ESTIMATED)
        else:
            rows = Count(ids, Known.AT_MOST)
    return TableState(
        name=spec.name,
        rows=rows,
        bytes=size.bytes,
        lowest=Edge(*lowest) if lowest else None,
        highest=Edge(*highest) if highest else None,
        analysed=size.rows is not None,
    )
