"""The typed tables that queries read: `relations/schema.toml`, and the SQL that fills them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from auditctl.catalogue.document import Document, Table
from auditctl.catalogue.model import Column, ColumnType, RelationSpec
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.problems import Problems

_TYPES = tuple(ColumnType)


def read_relations(
    document: Document, problems: Problems, tables: Collection[str], statements: Mapping[str, str]
) -> dict[str, RelationSpec]:
    """Return the relations by name, each after those that it reads.

    `tables` are the raw tables known, `statements` the SQL by relation name.
    """
    root = Table(document, problems)
    specs: dict[str, RelationSpec] = {}
    for name, table in root.tables():
        specs[name] = _relation(name, table, statements.get(name))
        for raw in specs[name].tables:
            if tables and raw not in tables:
                table.problem(unknown("table", raw, tables), "tables")
    for name, spec in specs.items():
        for read in spec.reads:
            if read not in specs:
                root.problem(unknown("relation", read, specs), name, "reads")
    try:
        order = TopologicalSorter({name: spec.reads for name, spec in specs.items()}).static_order()
        return {name: specs[name] for name in order if name in specs}
    except CycleError as error:
        circle = error.args[1]
        root.problem(f"relations read each other in a circle: {' -> '.join(circle)}; break it", circle[0], "reads")
        return specs


def _relation(name: str, table: Table, sql: str | None) -> RelationSpec:
    meaning = table.text("meaning")
    tables = table.texts("tables")
    reads = table.texts("reads")
    whole_log = table.texts("whole_log")
    log_kinds = table.texts("log_kinds")
    columns = _columns(table.table("columns"))
    if not columns:
        table.problem(f"a relation needs columns; add [{name}.columns]")
    for column in set(whole_log) - {column.name for column in columns}:
        table.problem(unknown("column", column, [column.name for column in columns]), "whole_log")
    table.finish()
    definition = [name, tables, reads, [(column.name, column.type) for column in columns], sql]
    sha256 = hashlib.sha256(json.dumps(definition).encode()).hexdigest()
    return RelationSpec(name, meaning, tables, reads, columns, sql, sha256, whole_log, log_kinds)


def _columns(table: Table) -> tuple[Column, ...]:
    columns = []
    for name, entry in table.tables():
        columns.append(Column(name, entry.text("meaning"), ColumnType(entry.choice("type", _TYPES))))
        entry.finish()
    return tuple(columns)
