"""The files beside the database: settings, leavers, approved administrators and the truth."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditctl.demo.administration import APPROVED
from auditctl.demo.people import DATA_STEWARD, Person
from auditctl.demo.timeline import Timeline, moment
from auditctl.demo.world import FOUNDED

_SETTINGS = """\
# Settings of the demo: a made-up hospital, a made-up Superset, a clock that stands still.
now = "{now}"

[source]
url = "sqlite:///metadata.sqlite"
alias = "main"
server_zone = "UTC"
in_service_since = {founded}

[report]
organisation = "Example Health"
system = "Superset, production"
scope_statement = "The production Superset of Example Health and the content and accounts in it."
zone = "Europe/Berlin"
domains = ["example.com"]

[business_hours]
days = ["Mon", "Tue", "Wed", "Thu", "Fri"]
start = "08:00"
end = "18:00"

[inputs]
leavers = "leavers.csv"
approved_admins = "approved_admins.csv"

# Patient data: everything in the production database.
[scope.phi]
databases = ["production"]
tables = ["main.patients", "main.patient_visits"]
datasets = ["patients", "patient_visits"]
dashboards = ["patient-census"]
permitted = ["{steward}", "role:Clinician"]

[scope.sensitive]
dashboards = ["executive-finance"]
"""


def settings_text(timeline: Timeline) -> str:
    """Return auditctl.toml; its clock stands at the end of the history."""
    until = moment(timeline.until)
    now = until.isoformat(timespec="microseconds" if until.microsecond else "seconds").replace("+00:00", "Z")
    return _SETTINGS.format(now=now, founded=moment(FOUNDED).date(), steward=DATA_STEWARD)


def leavers_text(facts: Mapping[str, Any], people: Mapping[str, Person], timeline: Timeline) -> str:
    """Return leavers.csv: the account still in use, the ones closed in time, and somebody Superset never knew."""
    leaver = facts["leaver"]
    rows = [(entry["username"], entry["left_on"]) for entry in (leaver, *leaver["deactivated"])]
    lines = [(name, people[name].email, left_on) for name, left_on in rows]
    lines += [(name, f"{name}@example.com", leaver["left_on"]) for name in leaver["unknown"]]
    lines.sort(key=lambda line: (line[2], line[0]))
    return _head(timeline, "Example Health, Human Resources") + _csv(("username", "email", "left_on"), lines)


def approvals_text(timeline: Timeline) -> str:
    """Return approved_admins.csv."""
    lines = ((username, email, "Head of Information Security", "2024-06-03") for username, email in APPROVED.values())
    header = ("username", "email", "approved_by", "approved_on")
    return _head(timeline, "Example Health, Information Security") + _csv(header, lines)


def truth_text(document: Mapping[str, Any]) -> str:
    """Return truth.json."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _head(timeline: Timeline, origin: str) -> str:
    """Return the first lines of a file: its state is that of the day on which the history ends."""
    return f"# as of: {moment(timeline.until).date()}\n# from: {origin}\n"


def _csv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()
