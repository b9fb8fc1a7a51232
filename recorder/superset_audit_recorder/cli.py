"""`superset-audit-recorder`: the SQL of the audit database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from superset_audit_recorder import __version__
from superset_audit_recorder.ddl import DIALECTS, Month, ddl, drop_partition, partitions

_AHEAD = 24
"""Months for which partitions are made where nobody says otherwise."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was asked for; what cannot be meant ends with 2 and one line."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        text = asked.run(asked)
    except (OSError, ValueError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    sys.stdout.write(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("superset-audit-recorder", description="Print the SQL of the audit database.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    made = commands.add_parser("ddl", help="Print what makes the table, its refusals and its two roles.")
    made.add_argument("--dialect", choices=DIALECTS, required=True)
    made.add_argument("--writer", default="audit_writer", help="The role that Superset connects as (%(default)s).")
    made.add_argument("--reader", default="audit_reader", help="The role that auditctl connects as (%(default)s).")
    _add_months(made)
    made.set_defaults(run=lambda asked: ddl(asked.dialect, _months(asked), asked.writer, asked.reader))

    parts = commands.add_parser("partitions", help="Print what makes further partitions on PostgreSQL.")
    _add_months(parts)
    parts.set_defaults(run=lambda asked: "\n".join(f"{statement}\n" for statement in partitions(_months(asked))))

    drop = commands.add_parser("drop-partition", help="Print what drops a month on PostgreSQL that was signed for.")
    drop.add_argument("month", metavar="YYYY-MM", type=_month)
    drop.add_argument(
        "--statement", type=Path, required=True, help="What auditctl verify-chain --drop-month --write-dropped wrote."
    )
    drop.set_defaults(run=lambda asked: drop_partition(asked.month, asked.statement.read_text(encoding="utf-8")))
    return parser


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_months(parser: argparse.ArgumentParser) -> None:
    now = Month.of(datetime.now(timezone.utc).date())
    parser.add_argument(
        "--since", metavar="YYYY-MM", type=_month, default=now, help="The first partition (this month)."
    )
    parser.add_argument("--until", metavar="YYYY-MM", type=_month, help=f"The last one ({_AHEAD} months in all).")


def _months(asked: argparse.Namespace) -> list[Month]:
    since: Month = asked.since
    until: Month = asked.until or since.plus(_AHEAD - 1)
    months = list(since.through(until))
    if not months:
        raise ValueError(f"--until {until} is before --since {since}")
    return months
