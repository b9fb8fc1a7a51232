"""`superset-audit-recorder`: the SQL of the audit database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone

from superset_audit_recorder import __version__
from superset_audit_recorder.ddl import DIALECTS, Month, ddl, partitions

_AHEAD = 24
"""Months for which partitions are made where nobody says otherwise."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was asked for; what cannot be meant ends with 2 and one line."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        text = asked.run(asked)
    except ValueError as error:
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
    return parser


def _add_months(parser: argparse.ArgumentParser) -> None:
    now = Month.of(datetime.now(timezone.utc).date())
    parser.add_argument("--since", metavar="YYYY-MM", default=str(now), help="The first partition (this month).")
    parser.add_argument("--until", metavar="YYYY-MM", help=f"The last one ({_AHEAD} months in all).")


def _months(asked: argparse.Namespace) -> list[Month]:
    since = Month.parse(asked.since)
    until = since.plus(_AHEAD - 1) if asked.until is None else Month.parse(asked.until)
    months = list(since.through(until))
    if not months:
        raise ValueError(f"--until {until} is before --since {since}")
    return months
