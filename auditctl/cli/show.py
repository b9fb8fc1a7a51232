"""`auditctl show`: one row of the source, and every derived column with the rule that set it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.cli.inputs import FullSql
from auditctl.text import SqlText

if TYPE_CHECKING:
    from auditctl.cli.context import Context, Opened
    from auditctl.run.explain import Explanation, Pair

_HOW = {SqlText.REDACTED: "redacted", SqlText.HASH: "redacted, SQL as hash", SqlText.FULL: "SQL in full"}

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("show")
def show_row(
    ctx: typer.Context,
    source_ref: Annotated[
        str, typer.Argument(metavar="ROW", help="Such as logs:138, logs:24-29, query:7 or audit/logs:7.")
    ],
    full_sql: FullSql = False,
) -> None:
    """Show one row of the source, its values replaced, with all that is derived from it and the rule that applies."""
    from auditctl.cli.reading import reading
    from auditctl.run.explain import explain

    base: Context = ctx.obj
    context = replace(base, sql=SqlText.FULL) if full_sql else base

    def read(opened: Opened) -> Explanation:
        return explain(
            opened.source,
            source_ref,
            context.catalogue,
            context.settings,
            context.redaction,
            opened.folder,
            opened.audit,
        )

    with reading(context, read) as found:
        _write(found, context.settings.report.sql, color=context.color)


def _write(found: Explanation, sql: SqlText, *, color: bool) -> None:
    from auditctl.render.table import open_console, write_pairs, write_text

    console = open_console(sys.stdout)
    console.no_color = not color
    sections: list[tuple[str, Iterable[Pair]]] = [(f"{found.source_ref}, as stored ({_HOW[sql]})", found.stored)]
    if found.rule is not None:
        rule = found.rule
        about: list[Pair] = [
            ("action", rule.name),
            ("meaning", rule.meaning),
            ("kind", rule.kind),
            ("target", rule.target or "none"),
            ("reported by", rule.reported_by),
            ("outcome of the row alone", f"{rule.outcome}: {rule.known_by}" if rule.known_by else rule.outcome),
        ]
        sections.append(("Rule of actions.toml", about))
    sections += [(f"Derived: {relation}", pairs) for relation, pairs in found.derived]
    for number, (title, pairs) in enumerate(sections):
        if number:
            console.print()
        write_text(title, console, "bold")
        write_pairs(((name, _shown(value)) for name, value in pairs), console)


def _shown(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.isoformat(sep=' ')} UTC" if isinstance(value, datetime) else value
