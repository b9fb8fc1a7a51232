"""What a command asks for by name, such as `--table production.main.patients`: a scope that nobody has to declare."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from auditctl.catalogue.model import ParameterValue, Query
from auditctl.errors import UsageError
from auditctl.population.relations import RelationWriter
from auditctl.settings import Scope
from auditctl.settings.values import WrongValueError, table_name
from auditctl.text import show

ASKED = "asked"
"""The scope's name in relations; auditctl.toml cannot declare it."""

_MOST_NAMED = 8
_KNOWN = (
    "SELECT DISTINCT concat_ws('.', database_name, schema_name, table_name) AS name FROM known_tables ORDER BY name"
)


def asked_scope(query: Query, values: Mapping[str, ParameterValue]) -> Scope | None:
    """Return the scope that the parameters of `query` name; None where it has none of that kind.

    Raises:
        UsageError: a value is not the name of a table.
    """
    tables = []
    for parameter in query.parameters:
        if parameter.scope_list is not None:
            try:
                tables.append(table_name(values[parameter.name]))
            except WrongValueError as error:
                raise UsageError(f"--{parameter.name} {error.problems[0][1]}") from None
    return Scope(ASKED, tables=tuple(tables)) if tables else None


def check_asked(writer: RelationWriter, asked: Scope) -> None:
    """Refuse a table that nothing is known of: a misspelt one must not read as "nobody touched it".

    Raises:
        UsageError: no dataset is built on it and no statement of the extract names it; the nearest known are named.
    """
    found = {entry for (entry,) in writer.rows(f"SELECT DISTINCT entry FROM scope_tables WHERE scope = '{ASKED}'")}
    for table in asked.tables:
        if table not in found:
            raise UsageError(
                f"table '{show(table)}': no dataset is built on it, and no statement that was read names it",
                hint=_advice(writer, table),
            )


def _advice(writer: RelationWriter, table: str) -> str:
    known = [str(name) for (name,) in writer.rows(_KNOWN)]
    if not known:
        return "No table is known in this source"
    # Compared by as many parts as were given, and by the table alone, in any letter case.
    by_name: dict[str, list[str]] = {}
    for name in known:
        for parts in {1, table.count(".") + 1}:
            by_name.setdefault(".".join(name.split(".")[-parts:]).lower(), []).append(name)
    wanted = [table.lower(), table.rpartition(".")[2].lower()]
    near = [name for word in wanted for close in get_close_matches(word, by_name) for name in by_name[close]]
    if near:
        return f"Did you mean {', '.join(map(show, list(dict.fromkeys(near))[:_MOST_NAMED]))}?"
    more = f" and {len(known) - _MOST_NAMED:,} more" if len(known) > _MOST_NAMED else ""
    return f"Known: {', '.join(map(show, known[:_MOST_NAMED]))}{more}"
