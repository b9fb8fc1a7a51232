"""What one action of a log means, and how the rule of an action is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EXTENDED = "extended/"
"""What the name of a rule begins with that is for rows of an extended log."""


@dataclass(frozen=True, slots=True)
class ActionRule:
    """What one action of Superset's log means."""

    name: str
    """The action; `prefix.*` for dynamic names; `action/value` where `by` tells rows of one action apart;
    `extended/action`, in any case of letters, for rows of an extended log."""
    kind: str
    verb: str
    object_type: str
    target: str
    """Where the target id is: `pk`, `id_or_slug`, `rison`, `path`, `dashboard`, `chart`, `dataset`, `target_id`, ``."""
    reported_by: str
    fold: str
    """`inner`: belongs to the act that follows it; `outer`: may close an act of several rows; else ``."""
    outcome: str
    known_by: str
    """Why that outcome is known."""
    route: str
    versions: str
    meaning: str


class RulesByName:
    """Rules by name; an exact name beats a pattern, a longer pattern a shorter one."""

    def __init__(self, rules: Mapping[str, ActionRule]) -> None:
        self._exact = {name: rule for name, rule in rules.items() if not name.endswith("*")}
        patterns = [(name[:-1], rule) for name, rule in rules.items() if name.endswith("*")]
        self._patterns = sorted(patterns, key=lambda pattern: -len(pattern[0]))

    def find(self, name: str) -> ActionRule | None:
        """Return the rule of a name, or None."""
        return self._exact.get(name) or next((rule for prefix, rule in self._patterns if name.startswith(prefix)), None)


def sort_rules(rules: Iterable[ActionRule]) -> tuple[RulesByName, RulesByName]:
    """Return the rules of Superset's actions, and those of custom loggers' in lower case."""
    superset: dict[str, ActionRule] = {}
    custom: dict[str, ActionRule] = {}
    for rule in rules:
        if rule.name.startswith(EXTENDED):
            custom[rule.name.removeprefix(EXTENDED).lower()] = rule
        else:
            superset[rule.name] = rule
    return RulesByName(superset), RulesByName(custom)
