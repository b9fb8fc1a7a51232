"""`auditctl grants`: the SQL of a role that can read what auditctl needs, and nothing else."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.errors import UsageError

if TYPE_CHECKING:
    from auditctl.cli.context import Context
    from auditctl.source.grants import Granted, Reader

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


class Dialect(StrEnum):
    """Servers that have roles."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"


@app.command("grants")
def grants(
    ctx: typer.Context,
    role: Annotated[str, typer.Option(metavar="NAME", help="Name of the role.")] = "auditctl",
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="MySQL and MariaDB: where it may come from. Default: %, anywhere."),
    ] = None,
    connection_limit: Annotated[int, typer.Option(metavar="NUMBER", help="Connections at the same time.")] = 5,
    statement_timeout: Annotated[
        str, typer.Option(metavar="DURATION", help="How long a statement may take; 0m is no limit.")
    ] = "10m",
    dialect: Annotated[
        Dialect | None, typer.Option(help="Connect to nothing: print it for all tables that auditctl knows.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --dialect: the metadata database. Default: superset.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --dialect postgresql: the schema. Default: public.")
    ] = None,
) -> None:
    """Print the SQL of a role that can read what auditctl needs, and nothing else.

    Connect as Superset's own account or as an administrator: the tables and columns that exist are granted.
    """
    from auditctl.settings.values import WrongValueError, timeout
    from auditctl.source.grants import Reader, granted_unseen
    from auditctl.source.grants import grants as written

    try:
        reader = Reader(role, connection_limit, timeout(statement_timeout), host or "%")
    except WrongValueError as error:
        raise UsageError(f"--statement-timeout: {error.problems[0][1]}") from None
    if dialect is not None:
        granted = granted_unseen(dialect, database or "superset", schema or "public")
    elif database or schema:
        raise UsageError("--database and --schema go with --dialect", hint="Otherwise the source says them")
    else:
        granted = _looked_up(ctx.obj, reader)
    if host and granted.dialect == "postgresql":
        raise UsageError("PostgreSQL roles have no host", hint="pg_hba.conf says where a role may connect from")
    sys.stdout.write(written(granted, reader))


def _looked_up(context: Context, reader: Reader) -> Granted:
    """Ask the source; whoever may make roles may also write, so that the policy on writing is not for this."""
    from auditctl.source.grants import granted_of, refuse_writer

    with context.opened(enforce=False) as opened:
        granted = granted_of(opened.source)
        refuse_writer(opened.source, granted, reader)
        return granted
