"""`auditctl verify`: every byte of a pack against what it says of itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from auditctl.errors import ExitCode
from auditctl.pack.verify import verify_pack

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("verify")
def verify(folder: Annotated[Path, typer.Argument(metavar="PACK", help="The folder of a pack.")]) -> None:
    """Check every byte of a pack; exit 5 and name what is wrong."""
    result = verify_pack(folder)
    out = sys.stdout
    if result.problems:
        out.write(f"NOT VALID  {result.name}: it says {result.status}, and it is not what was issued\n")
    else:
        out.write(f"{result.status}  {result.name}\n")
    out.write(f"{result.files_valid} of {result.files_total} files valid\n")
    for problem in result.problems:
        out.write(f"  wrong: {problem}\n")
    if result.problems:
        raise typer.Exit(ExitCode.INTEGRITY)
    out.write(f"Root hash  {result.root_hash}\n")
    out.write("Compare it with one that you received by another way: it is the SHA-256 of\n")
    out.write("manifest.json, and not signed.\n")
