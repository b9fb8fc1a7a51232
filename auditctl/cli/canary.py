"""`auditctl canary`: a harmless act over HTTP, and the row that it leaves in the source."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


class Provider(StrEnum):
    """How the account signs in."""

    DB = "db"
    LDAP = "ldap"


@app.command("canary")
def canary(
    ctx: typer.Context,
    superset: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Where Superset answers, such as https://superset.example.org.")
    ],
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Do the act as this account. Default: nobody signs in.")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Its password, alone (0600).")] = None,
    provider: Annotated[Provider, typer.Option(help="Where Superset keeps that account.")] = Provider.DB,
    within: Annotated[str, typer.Option(metavar="TIME", help="How long to look for the row: 90s, 5m.")] = "60s",
) -> None:
    """Test the audit logging: do a harmless act over HTTP, find its row in the source, and say how long it took.

    Without --user the act is a sign-in of an account that does not exist. End with 4 where there is no row.
    """
    from auditctl.cli.canary_act import try_logging

    raise typer.Exit(try_logging(ctx.obj, superset, user, password_file, provider, within))
