"""`auditctl demo`: a metadata database with a story in it, to try every command on."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from auditctl.errors import UsageError

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


def _number(text: str | int) -> int:
    digits = str(text).replace("_", "")
    if not digits.isdigit():
        raise typer.BadParameter("give a whole number, such as 50_000")
    return int(digits)


@app.command("demo")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make, or an empty one.")],
    events: Annotated[
        int, typer.Option(parser=_number, metavar="NUMBER", help="Ordinary rows of the log, such as 50_000.")
    ] = 50_000,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Where the story ends. Default: now.")] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="The same seed makes the same database.")] = 1,
    stock: Annotated[bool, typer.Option("--stock", help="As 6.1.0 writes it: without the recorder's rows.")] = False,
) -> None:
    """Make a demo metadata database of Superset 6.1 with its auditctl.toml, input files and the planted truth."""
    from auditctl.demo.generate import DemoOptions, write_demo
    from auditctl.period import parse_instant

    now = datetime.now(UTC).replace(microsecond=0)
    end = parse_instant(until, now=now) if until else now
    if end > now:
        raise UsageError("--until lies in the future", hint="Leave it out, or give an earlier time")
    files = write_demo(folder, DemoOptions(events=events, until=end, seed=seed, stock=stock))
    for path in (files.database, files.settings, files.leavers, files.approved_admins, files.truth):
        sys.stdout.write(f"{path}\n")
