"""`auditctl verify-chain`: whether the rows of a recorder's log are all there, as they were written."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditctl.errors import ExitCode, UsageError
from auditctl.text import show

if TYPE_CHECKING:
    from auditctl.cli.context import Context, Opened
    from auditctl.pack.chain_files import Retiring
    from auditctl.pack.note import SigningKey
    from auditctl.period import Period
    from auditctl.source.chain import Chains, Dropped
    from auditctl.source.interface import SourceFacts

_SHOWN = 1000
_ALONE = """\
No heads were given. The chain shows a row that was changed, and one that is missing between others. That
rows were cut off at the end, that a writer is gone with all its rows, or that everything was written anew
shows only against heads that were kept elsewhere: keep those that --write-heads writes.
"""

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command("verify-chain")
def verify_chain(
    ctx: typer.Context,
    heads: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Last rows that were kept elsewhere: they must be there.")
    ] = None,
    write_heads: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the last rows into a new file, to be kept elsewhere.")
    ] = None,
    dropped: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A signed statement of rows that were dropped.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="PUBLIC", help="The key, or a file of keys, that must have signed them.")
    ] = None,
    drop_month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="A month whose rows are to be dropped.")
    ] = None,
    write_dropped: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the signed statement of that month into a new file.")
    ] = None,
) -> None:
    """Follow the hash chains of a recorder's log; exit 5 and name the rows that are missing or were changed."""
    if (drop_month is None) != (write_dropped is None):
        raise UsageError("--drop-month and --write-dropped go together")
    if dropped and key is None:
        raise UsageError("--dropped needs --key", hint="Give the public key that signed the statements")
    from auditctl.cli.reading import reading
    from auditctl.commit import write_whole
    from auditctl.pack.chain_files import Retiring, encode_heads, read_heads, read_statement
    from auditctl.pack.keys import trusted_keys
    from auditctl.source.chain import check_chains, read_chains

    context: Context = ctx.obj
    retirement = _Retirement.of(context, drop_month) if drop_month is not None else None

    def read(opened: Opened) -> _Read:
        source = opened.audit or opened.source
        facts = source.facts
        taken_at, kept = read_heads(heads, facts.source_id) if heads else ("", {})
        gone = _merged(read_statement(path, facts.source_id, trusted_keys(key or "")) for path in dropped or [])
        rows = read_chains(source)
        retiring = Retiring(retirement.month) if retirement else None
        if retiring is not None:
            rows = retiring.passing(rows)
        return _Read(facts, check_chains(rows, kept, gone), taken_at, len(kept), retiring)

    with reading(context, read) as done:
        facts, found, taken_at = done.facts, done.found, done.taken_at
    _tell(found, compared=f"the heads of {taken_at}: {done.kept:,}" if heads else None)
    if found.problems:
        raise typer.Exit(ExitCode.INTEGRITY)
    if write_heads is not None:
        data = encode_heads(facts.source_id, facts.read_point.taken_at.astimezone(UTC), found.heads)
        write_whole(write_heads, lambda file: file.write(data))
        sys.stdout.write(
            f"The last rows were written to {show(write_heads)}: keep it where who writes the log cannot.\n"
        )
    if retirement is not None and done.retiring is not None and write_dropped is not None:
        _write_statement(done.retiring, retirement.key, facts, write_dropped)


@dataclass(frozen=True, slots=True)
class _Read:
    facts: SourceFacts
    found: Chains
    taken_at: str
    kept: int
    retiring: Retiring | None


@dataclass(frozen=True, slots=True)
class _Retirement:
    month: Period
    key: SigningKey

    @classmethod
    def of(cls, context: Context, month: str) -> _Retirement:
        from auditctl.pack.keys import load_signing_key
        from auditctl.period import parse_period

        if context.settings.signing.key is None:
            raise UsageError("a statement is signed, and there is no key", hint="Set key under [signing]")
        period = parse_period(month, now=context.present)
        if period.until > context.present:
            raise UsageError(f"{period.label} has not ended", hint="Its rows are still being written")
        return cls(period, load_signing_key(context.settings.signing.key))


def _write_statement(rows: Retiring, key: SigningKey, facts: SourceFacts, path: Path) -> None:
    from auditctl.commit import write_whole

    data = rows.statement(facts.source_id, key)
    write_whole(path, lambda file: file.write(data))
    sys.stdout.write(
        f"{show(path)}, signed by {key.name}, says which rows of {rows.month.label} may be gone: {rows.rows:,}.\n"
    )


def _tell(found: Chains, *, compared: str | None) -> None:
    out = sys.stdout
    word = "NOT WHOLE" if found.problems else "WHOLE"
    out.write(f"{word}  rows: {found.rows:,}, writers: {len(found.heads):,}\n")
    for problem in found.problems[:_SHOWN]:
        out.write(f"  wrong: {problem}\n")
    if len(found.problems) > _SHOWN:
        out.write(f"  and {len(found.problems) - _SHOWN:,} more\n")
    if found.dropped:
        out.write(f"Rows that are not there, and that a signed statement says were dropped: {found.dropped:,}.\n")
    out.write(f"Compared with {compared}.\n" if compared else _ALONE)


def _merged(statements: Iterable[dict[str, list[Dropped]]]) -> dict[str, list[Dropped]]:
    merged: dict[str, list[Dropped]] = {}
    for statement in statements:
        for name, runs in statement.items():
            merged.setdefault(name, []).extend(runs)
    return merged
