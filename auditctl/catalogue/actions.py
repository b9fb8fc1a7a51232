"""What the actions of Superset's log mean: `actions.toml`."""

from __future__ import annotations

from collections.abc import Collection

from auditctl.catalogue.action_rules import EXTENDED, ActionRule
from auditctl.catalogue.document import Document, Table
from auditctl.catalogue.problems import Problems

REPORTED_BY = ("server", "client", "file", "custom", "recorder")
OUTCOMES = ("attempted", "succeeded", "failed", "refused", "unknown")
FOLDS = ("", "inner", "outer")


def read_actions(document: Document, problems: Problems) -> tuple[tuple[ActionRule, ...], dict[str, str]]:
    """Return the rules, and of each action whose rows are told apart by a json key, that key."""
    root = Table(document, problems)
    rules: list[ActionRule] = []
    discriminators: dict[str, str] = {}
    for name, table in root.tables():
        if "by_key" in table:
            discriminators[name] = table.text("by_key")
            table.finish()
        else:
            rules.append(_rule(name, table))
    for rule in rules:
        _check_name(rule.name, discriminators, root)
    for action in discriminators:
        if not any(rule.name.startswith(action + "/") for rule in rules):
            root.problem(f"no rule for '{action}'; add [\"{action}/*\"]", action)
    return tuple(rules), discriminators


def read_added(document: Document, problems: Problems, shipped: Collection[str]) -> tuple[ActionRule, ...]:
    """Return the rules of a user's own file: those of an extended log, which each custom logger names as it likes."""
    root = Table(document, problems)
    rules = []
    for name, table in root.tables():
        rule = _rule(name, table)
        if not name.startswith(EXTENDED):
            root.problem(f'only actions of an extended log can be added; write ["{EXTENDED}{name}"]', name)
        elif name.lower() in shipped:
            root.problem(f"'{name}' has its meaning already; remove it", name)
        elif rule.reported_by != "custom":
            root.problem(f"'{name}' is reported by a custom logger; write by = \"custom\"", name)
        else:
            _check_name(name, {}, root)
        rules.append(rule)
    return tuple(rules)


def _rule(name: str, table: Table) -> ActionRule:
    rule = ActionRule(
        name=name,
        kind=table.text("kind"),
        verb=table.text("verb"),
        object_type=table.text("object", ""),
        target=table.text("target", ""),
        reported_by=table.choice("by", REPORTED_BY, "server"),
        fold=table.choice("fold", FOLDS, ""),
        outcome=table.choice("outcome", OUTCOMES, "attempted"),
        known_by=table.text("known_by", ""),
        route=table.text("route", ""),
        versions=table.text("versions", ""),
        meaning=table.text("meaning"),
    )
    table.finish()
    return rule


def _check_name(name: str, discriminators: dict[str, str], root: Table) -> None:
    action, slash, _ = name.partition("/")
    if name.removeprefix(EXTENDED) in ("", "*"):
        root.problem(f"'{name}' would match every action; name what it begins with", name)
    elif "*" in name[:-1]:
        root.problem(f"'{name}' has a * before its end; only a trailing * is a pattern", name)
    elif slash and action not in discriminators and not name.startswith(EXTENDED):
        root.problem(f"'{name}' needs to know what tells '{action}' apart; add [\"{action}\"] by_key = \"...\"", name)
