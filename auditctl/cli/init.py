"""`auditctl init`: test a connection, and write a commented auditctl.toml that holds no password."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
_FILE = Path("auditctl.toml")


@app.command("init")
def init(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="A new file, or its folder.")] = _FILE,
    server_zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Zone of the Superset server's local times.")
    ] = None,
    in_service_since: Annotated[
        str | None, typer.Option(metavar="DATE", help="First day of this Superset, such as 2024-03-01.")
    ] = None,
    organisation: Annotated[str | None, typer.Option(metavar="NAME", help="Name on the report.")] = None,
    system: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the system on the report.")] = None,
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help="Zone of the report. Default: UTC.")] = None,
) -> None:
    """Test the connection to a source and write auditctl.toml, with every key explained and without a password.

    On a terminal it asks for what is not given; otherwise it asks nothing.
    """
    from auditctl.cli.settings_file import make_settings_file

    given = {
        "--server-zone": server_zone,
        "--in-service-since": in_service_since,
        "--organisation": organisation,
        "--system": system,
        "--zone": zone,
    }
    make_settings_file(ctx.obj, target, {option: text for option, text in given.items() if text is not None})
