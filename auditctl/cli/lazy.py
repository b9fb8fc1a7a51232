"""Commands built when they are called: one per query, from its header, and the fixed ones from their modules."""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from auditctl.catalogue.index import IndexEntry, load_index
from auditctl.cli.own import own_queries
from auditctl.cli.plain import plain, plain_command
from auditctl.errors import UsageError

FIXED = {
    "report": ("auditctl.cli.report", "Write the evidence pack of a framework for a period."),
    "verify": ("auditctl.cli.verify", "Check every byte of a pack."),
    "reperform": ("auditctl.cli.reperform", "Run every query of a pack again and compare it row for row."),
    "verify-chain": ("auditctl.cli.verify_chain", "Follow the hash chains of a recorder's log."),
    "key": ("auditctl.cli.key", "Make the key that packs are signed with, and show its public half."),
    "sample": ("auditctl.cli.sample", "Draw rows of a pack in an order that the auditor's seed decides."),
    "show": ("auditctl.cli.show", "Show one row of the source, with all that is derived from it."),
    "doctor": ("auditctl.cli.doctor", "Say what a source is, what it can hold, and what this role may do."),
    "canary": ("auditctl.cli.canary", "Test the audit logging: do a harmless act and find its row."),
    "grants": ("auditctl.cli.grants", "Print the SQL of a role that can only read what is needed."),
    "init": ("auditctl.cli.init", "Test a connection and write auditctl.toml."),
    "controls": (
        "auditctl.cli.controls",
        "List controls, their tests, and what to bring from elsewhere.",
    ),
    "queries": ("auditctl.cli.queries", "List, show, begin and check the canned queries."),
    "demo": ("auditctl.cli.demo", "Make a demo metadata database with a story in it."),
}
"""Command -> its module, and the line that --help shows without importing it."""


class LazyGroup(TyperGroup):
    """The fixed commands first, then a command per query of the catalogue."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the global options."""
        return plain(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all commands."""
        return [*FIXED, *(entry.command for entry in _index(ctx))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, built now.

        Raises:
            UsageError: there is none of that name; the nearest is offered.
        """
        if cmd_name in FIXED:
            module = import_module(FIXED[cmd_name][0])
            return plain_command(get_command(module.app), ctx)
        entries = {entry.command: entry for entry in _index(ctx)}
        name = cmd_name.replace("_", "-")
        if name not in entries:
            near = get_close_matches(name, [*FIXED, *entries], n=1)
            hint = f"Did you mean {near[0]}?" if near else "See auditctl --help"
            raise UsageError(f"unknown command {cmd_name!r}", hint=hint)
        from auditctl.cli.query import query_command

        return plain_command(query_command(entries[name]), ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands from the index, without building one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in FIXED.items()])
        areas: dict[str, list[tuple[str, str]]] = {}
        for entry in _index(ctx):
            areas.setdefault(entry.area.replace("_", "-"), []).append((entry.command, entry.title))
        for area, commands in areas.items():
            with formatter.section(f"Queries: {area}"):
                formatter.write_dl(commands)


def _index(ctx: Any) -> list[IndexEntry]:
    """Return the queries that this call can see; a broken settings file speaks up when a command runs."""
    return load_index(extra=own_queries(ctx.params.get("catalogue"), ctx.params.get("config"), os.environ))


def single(function: Any, *, name: str, help_text: str) -> TyperCommand:
    """Return a function as a command of its own."""
    one = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    one.command(name, help=help_text)(function)
    command = get_command(one)
    if not isinstance(command, TyperCommand):
        raise TypeError(f"{name} is not a single command")
    return command
