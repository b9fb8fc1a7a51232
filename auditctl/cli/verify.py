"""`auditctl verify`: every byte of a pack against what it says of itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.errors import ExitCode

if TYPE_CHECKING:
    from auditctl.pack.verify import Verification

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("verify")
def verify(
    pack: Annotated[Path, typer.Argument(metavar="PACK", help="The folder of a pack, or its zip.")],
    key: Annotated[
        str | None,
        typer.Option(metavar="PUBLIC", help="The key that must have signed it: as text, or a file with one per line."),
    ] = None,
) -> None:
    """Check every byte of a pack, and its signature; exit 5 and name what is wrong."""
    from auditctl.pack.keys import trusted_keys
    from auditctl.pack.verify import verify_pack
    from auditctl.pack.zipped import opened_pack

    trusted = [] if key is None else trusted_keys(key)
    with opened_pack(pack) as folder:
        result = verify_pack(folder, trusted)
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
    for line in _signature(result, checked=bool(trusted)):
        out.write(f"{line}\n")
    out.write(f"Root hash  {result.root_hash}\n")
    out.write("It is the SHA-256 of manifest.json: compare it with one that you received by\nanother way.\n")


def _signature(result: Verification, *, checked: bool) -> list[str]:
    if result.signer is None:
        return ["Not signed."]
    lines = [f"Signature by {result.signer.name}, the run host's key, not a person", f"  {result.signer}"]
    if checked:
        return [*lines, "  checked against the key you gave"]
    return [*lines, "  The signing key was not checked against a key you trust: give it with --key."]
