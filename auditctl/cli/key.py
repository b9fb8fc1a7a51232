"""`auditctl key`: make the key that packs are signed with, and show its public half."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.cli.talk import say
from auditctl.errors import UsageError
from auditctl.text import show

if TYPE_CHECKING:
    from auditctl.cli.context import Context

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True)


@app.callback()
def key() -> None:
    """Make the key that packs are signed with, and show its public half."""


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, such as audit-host.example.org.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the key is written (0600).")] = Path("signing.key"),
) -> None:
    """Make an Ed25519 key; print the public half, which the auditor is to be sent by another way than the packs."""
    from auditctl.commit import write_whole
    from auditctl.pack.note import new_key

    made = new_key(name)
    write_whole(out, lambda file: file.write(made.text.encode()))
    sys.stdout.write(f"{made.public}\n")
    say(f"auditctl: {show(out)} signs from now on where auditctl.toml has it as key under [signing]")
    say("auditctl: it is the run host's key, not a person: whoever can read the file can sign")


@app.command("show")
def show_key(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A signing key; else that of auditctl.toml.")
    ] = None,
) -> None:
    """Print the public half of a key."""
    from auditctl.pack.keys import load_signing_key

    context: Context = ctx.obj
    path = file or context.settings.signing.key
    if path is None:
        raise UsageError("no signing key", hint="Give its file, or set key under [signing] in auditctl.toml")
    sys.stdout.write(f"{load_signing_key(path).public}\n")
