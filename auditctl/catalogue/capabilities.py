"""The closed list of what a source can hold: `capabilities.toml`."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from auditctl.catalogue.document import Document, Table
from auditctl.catalogue.model import CapabilityRule, ExtendedLog
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.problems import Problems

KINDS = ("events", "details", "rows", "tables", "declared")


def read_capabilities(
    document: Document, problems: Problems, tables: Collection[str], actions: Collection[str]
) -> dict[str, CapabilityRule]:
    """Return the capabilities by name; `tables` and `actions` are the known names they may speak of."""
    rules: dict[str, CapabilityRule] = {}
    for name, table in Table(document, problems).tables():
        rule = CapabilityRule(
            name=name,
            title=table.text("title"),
            kind=table.choice("kind", KINDS),
            tables=table.texts("tables"),
            actions=table.texts("actions"),
            heartbeat=table.optional_text("heartbeat"),
            reason=table.text("reason"),
            remedy=table.text("remedy"),
            extended=_extended(table),
        )
        table.finish()
        _check(rule, table, tables, actions)
        rules[name] = rule
    return rules


def _extended(table: Table) -> ExtendedLog | None:
    if "extended" not in table:
        return None
    own = table.table("extended")
    found = ExtendedLog(own.texts("columns"), own.text("without", ""), own.text("reason"))
    own.finish()
    return found


def _check(rule: CapabilityRule, table: Table, tables: Collection[str], actions: Collection[str]) -> None:
    for name in rule.tables:
        if tables and name not in tables:
            table.problem(unknown("table", name, tables), "tables")
    for pattern in rule.actions:
        # What such rows must also say is no part of the name of their kind.
        name = ":".join(pattern.split(":")[:2])
        if actions and not any(_covers(name, action) for action in actions):
            table.problem(f"no action is called like '{pattern}'; see actions.toml", "actions")
    if rule.kind in ("events", "details") and not rule.actions:
        table.problem(f"a capability of kind {rule.kind} needs 'actions'; name the family", "kind")
    if rule.kind in ("rows", "tables") and not rule.tables:
        table.problem(f"a capability of kind {rule.kind} needs 'tables'; name them", "kind")


def _covers(pattern: str, action: str) -> bool:
    """Whether a pattern of a family meets a rule's name, which may itself be a prefix with a trailing `*`."""
    return fnmatchcase(action, pattern) or (action.endswith("*") and pattern.startswith(action[:-1]))
