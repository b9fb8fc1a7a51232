"""Every query is a command: its options come from the index, its answer from the catalogue's one engine."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditctl.cli.formats import Format
from auditctl.cli.inputs import OPTIONS, FullSql
from auditctl.cli.lazy import single
from auditctl.text import SqlText

if TYPE_CHECKING:
    from datetime import datetime

    from auditctl.catalogue.index import IndexedParameter, IndexEntry
    from auditctl.catalogue.model import ParameterValue
    from auditctl.cli.context import Context
    from auditctl.errors import ExitCode
    from auditctl.period import Period

_DEFAULT_WINDOW = "7d"
_TYPES = {"integer": int, "duration_ms": int, "decimal": float, "boolean": bool}
_SINCE = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Start, inclusive: 24h, 7d, 2026-07-01, 2026-07-01T09:00+02:00."),
]
_UNTIL = Annotated[str | None, typer.Option(metavar="TIME", help="End, exclusive. Default: now.")]
_PERIOD = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", help="Instead: Q3, 2026-Q3, 2026-07, last-month. Default: the last 7 days."),
]
_FORMAT = Annotated[Format, typer.Option("--format", help="How to write the rows.")]
_OUTPUT = Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a new file instead of stdout.")]
_TRUST_IDS = Annotated[
    bool,
    typer.Option("--trust-ids", help="Find rows by ids, which nearly follow time; the log is not scanned."),
]


def query_command(entry: IndexEntry) -> Any:
    """Return the command of a query; the query itself is read when the command runs."""

    def command(ctx: typer.Context, **options: Any) -> None:
        raise typer.Exit(_answer(ctx.obj, entry, options))

    parameters = [_option("ctx", typer.Context, inspect.Parameter.empty)]
    if entry.has_window:
        parameters += [_option("since", _SINCE), _option("until", _UNTIL), _option("period", _PERIOD)]
    parameters += [_parameter(parameter) for parameter in entry.parameters]
    files = {name: annotation for relation in entry.reads for name, annotation in OPTIONS.get(relation, {}).items()}
    parameters += [_option(name, annotation) for name, annotation in files.items()]
    if entry.shows_sql:
        parameters.append(_option("full_sql", FullSql, False))
    if entry.may_trust_ids:
        parameters.append(_option("trust_ids", _TRUST_IDS, False))
    parameters += [_option("format", _FORMAT, Format.TABLE), _option("output", _OUTPUT)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return single(command, name=entry.command, help_text=f"{entry.title}. {entry.purpose}")


def _option(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _parameter(parameter: IndexedParameter) -> inspect.Parameter:
    kind = _TYPES.get(parameter.type, str)
    default = "" if parameter.default is None else f" Default: {parameter.default}."
    metavar = "TEXT" if kind is str else "NUMBER"
    option = typer.Option(metavar=metavar, help=f"{parameter.help}{default}")
    return _option(parameter.name, Annotated[kind | None, option])


def _answer(context: Context, entry: IndexEntry, options: Mapping[str, Any]) -> ExitCode:
    query = context.catalogue.find_query(entry.id)  # a catalogue that is wrong says so before anything else
    from auditctl.catalogue.needed import may_trust_ids
    from auditctl.cli.answers import answer_query
    from auditctl.errors import UsageError
    from auditctl.settings import Inputs

    inputs = Inputs(**{name: options[name] for names in OPTIONS.values() for name in names if name in options})
    context = replace(context, inputs=inputs, sql=SqlText.FULL if options.get("full_sql") else None)
    given: dict[str, ParameterValue] = {parameter.name: options[parameter.name] for parameter in entry.parameters}
    period_at = partial(_period, context, options)
    trust_ids = options.get("trust_ids", False)
    if trust_ids and not may_trust_ids(context.catalogue, query):
        raise UsageError(f"{query.command} rests on rows of the log outside its window", hint="Leave --trust-ids out.")
    return answer_query(context, query, given, period_at, options["format"], options["output"], trust_ids=trust_ids)


def _period(context: Context, options: Mapping[str, Any], now: datetime) -> Period:
    from auditctl.period import parse_period, window

    report = context.settings.report
    since, until, period = options.get("since"), options.get("until"), options.get("period")
    found = window(since, until, period, now=now, zone=report.zone, fiscal_year_start=report.fiscal_year_start)
    return found or parse_period(_DEFAULT_WINDOW, now=now, zone=report.zone)
