"""The options that several commands share: input files with what they outrank, and SQL in full."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

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
