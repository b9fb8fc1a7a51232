"""auditctl.toml as text: every key of the table of keys, those that are not set as comments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from auditctl.settings.keys import KEYS, SCOPE_LISTS, SCOPE_NAMES, Key

_WIDTH: Final = 98
_HEAD = (
    "Settings of auditctl. Every key is optional; a line that begins with # is not set and shows the default, or what"
    " it calls an example. To set a key, remove its #, and that of the [table] above it. Passwords do not belong here."
)


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


# What `<...>` in the name of a key stands for in the example, and what else it may be.
_NAMED: Final[Mapping[tuple[str, ...], tuple[tuple[str, ...], str]]] = {
    ("scope", "<name>"): (
        ("scope", SCOPE_NAMES[0]),
        f"A scope is called {_either(SCOPE_NAMES)}; it names {_either(SCOPE_LISTS)}.",
    ),
    ("thresholds", "<query>"): (
        ("thresholds", "failed_logins"),
        "As an example: failed_logins is the id of a query, and threshold one of its parameters.",
    ),
}
# Of each key without a default, or with an empty one: a value as the file has it.
_EXAMPLES = {
    "now": '"2026-11-24T12:00Z"',
    "catalogue": '"my-queries"',
    "source.url": '"postgresql://auditctl@db.example.org/superset"',
    "source.audit.url": '"postgresql://auditctl@db.example.org/superset_audit"',
    "source.server_zone": '"Europe/Berlin"',
    "source.in_service_since": '"2024-03-01"',
    "report.organisation": '"Example Health"',
    "report.system": '"Superset, production"',
    "report.scope_statement": '"The Superset of the clinic, without that of research."',
    "inputs.leavers": '"leavers.csv"',
    "inputs.approved_admins": '"approved_admins.csv"',
    "inputs.sign_in_log": '"sign_ins.csv"',
    "inputs.sign_in_log_covers": '"2026-07-01..2026-10-01"',
    "inputs.tickets": '"tickets.csv"',
    "inputs.reviewers": '"reviewers.csv"',
    "inputs.waivers": '"waivers.toml"',
    "scope.<name>.databases": '["clinical"]',
    "scope.<name>.schemas": '["clinical.main"]',
    "scope.<name>.tables": '["main.patients"]',
    "scope.<name>.datasets": '["patients"]',
    "report.domains": '["example.org"]',
    "report.freezes": '["2026-09-20..2026-10-01"]',
    "scope.<name>.dashboards": '["patient-census", "Ward *", "tag:pii"]',
    "scope.<name>.permitted": '["alice", "role:Clinician"]',
    "scope.<name>.none": "true",
    "scope.<name>.stated_by": '"J. Moreau, data protection officer"',
    "scope.<name>.stated_on": '"2026-10-05"',
    "scope.<name>.reason": '"Superset reads the warehouse of orders only."',
    "thresholds.<query>.<parameter>": "3",
    "signing.key": '"signing.key"',
    "control_map.<control>": '["AC-01", "SEC-14"]',
    "accepted_gaps.<test>": '{ reason = "The recorder comes in May", owner = "CISO", expires = "2027-05-31" }',
}
# What stands for the last part of a key, where that is the user's choice.
_CHOSEN: Final = {"<parameter>": "threshold", "<test>": "failed_logins", "<control>": '"SOC2:CC6.1"'}


def settings_text(values: Mapping[str, str], remarks: Mapping[str, Sequence[str]]) -> str:
    """Return a settings file that sets `values` (dotted key -> text), with `remarks` (dotted key -> sentences).

    Only keys that take text can be set, and none of those with a name of the user's choice in them.
    """
    unknown = values.keys() - {key.name for key in KEYS if not _is_named(key)}
    if unknown:
        raise ValueError(f"no such keys: {', '.join(sorted(unknown))}")
    lines = list(_comment(_HEAD))
    for table, keys in groupby(KEYS, lambda key: key.path[:-1]):
        lines += _table(table, keys, values, remarks)
    return "".join(f"{line}\n" for line in lines)


def _table(
    table: tuple[str, ...], keys: Iterable[Key], values: Mapping[str, str], remarks: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    shown, about = _NAMED.get(table, (table, ""))
    if table:
        yield ""
        yield f"{'# ' if about else ''}[{'.'.join(shown)}]"
    if about:
        yield from _comment(about)
    for key in keys:
        name = _CHOSEN.get(key.path[-1], key.path[-1])
        yield ""
        yield from _comment(f"{key.meaning} ({key.type})")
        for remark in remarks.get(key.name, ()):
            yield from _comment(remark)
        if key.name in values:
            yield f"{name} = {_quoted(values[key.name])}"
        else:
            example = _EXAMPLES.get(key.name)
            yield f"# {name} = {f'{example}  # example' if example else key.default}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # TOML's basic strings have the same escapes


def _is_named(key: Key) -> bool:
    return any(part.startswith("<") for part in key.path)


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in wrap(text, _WIDTH, break_long_words=False))
