"""The options that several commands share: input files with what they outrank, and SQL in full."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from auditctl.settings import Inputs

Leavers = Annotated[Path | None, typer.Option(metavar="FILE", help="Leavers: username,email,left_on.")]
ApprovedAdmins = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Approved administrators: username,email,approved_by,approved_on.")
]
SignInLog = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Sign-ins seen elsewhere: time,username,event_outcome,ip,system.")
]
SignInLogCovers = Annotated[
    str | None, typer.Option(metavar="SINCE..UNTIL", help="What that file covers: management's assertion.")
]
Tickets = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Approved tickets: ticket,approved_by,approved_on,username,object,..."),
]
Reviewers = Annotated[
    Path | None, typer.Option(metavar="FILE", help="People who may read the audit log: username,email,reviews.")
]
Waivers = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Exceptions accepted for a time: TOML with [[waiver]].")
]
FullSql = Annotated[bool, typer.Option("--full-sql", help="Show SQL as it ran, with its values; and say so.")]
_LEAVERS: dict[str, Any] = {"leavers": Leavers}
_APPROVED_ADMINS: dict[str, Any] = {"approved_admins": ApprovedAdmins}
_TICKETS: dict[str, Any] = {"tickets": Tickets}
_REVIEWERS: dict[str, Any] = {"reviewers": Reviewers}

OPTIONS: dict[str, dict[str, Any]] = {
    "leavers": _LEAVERS,
    "approved_admins": _APPROVED_ADMINS,
    "approvals": _TICKETS,
    "reviewers": _REVIEWERS,
    "input_rows": _LEAVERS | _APPROVED_ADMINS | _TICKETS | _REVIEWERS,
    "sign_ins": {"sign_in_log": SignInLog, "sign_in_log_covers": SignInLogCovers},
}
"""Relation -> the options that feed it."""


@dataclass(frozen=True)
class InputOptions:
    """Input files given on a command line; they come before those of auditctl.toml."""

    leavers: Path | None = None
    approved_admins: Path | None = None
    sign_in_log: Path | None = None
    sign_in_log_covers: str | None = None
    tickets: Path | None = None
    reviewers: Path | None = None
    waivers: Path | None = None

    def over(self, declared: Inputs) -> Inputs:
        """Return the files of the settings, with those given here in their place.

        What the settings say about the coverage of their own sign-in file does not hold for another one.
        """
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {name: value for name, value in given.items() if value is not None}
        if self.sign_in_log is not None:
            given.setdefault("sign_in_log_covers", None)
        return replace(declared, **given)
