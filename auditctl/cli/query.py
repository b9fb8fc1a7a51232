"""Every query is a command: its options come from its header, its answer from the catalogue's one engine."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from auditctl.catalogue.index import IndexEntry
from auditctl.catalogue.model import ColumnType, Parameter, ParameterValue, Query
from auditctl.cli.context import Context
from auditctl.cli.inputs import OPTIONS, FullSql
from auditctl.cli.lazy import single
from auditctl.cli.output import Format
from auditctl.errors import ExitCode
from auditctl.period import Period, parse_period, window
from auditctl.settings import Inputs
from auditctl.text import SqlText

_DEFAULT_WINDOW = "7d"
_TYPES = {ColumnType.INTEGER: int, ColumnType.DURATION_MS: int, ColumnType.DECIMAL: float, ColumnType.BOOLEAN: bool}
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


def query_command(ctx: Any, entry: IndexEntry) -> Any:
    """Return the command of a query."""
    context = ctx.obj if isinstance(ctx.obj, Context) else Context(catalogue_folder=ctx.params.get("catalogue"))
    query = context.catalogue.find_query(entry.id)

    def command(ctx: typer.Context, **options: Any) -> None:
        raise typer.Exit(_answer(ctx.obj, query, options))

    parameters = [_option("ctx", typer.Context, inspect.Parameter.empty)]
    if any(parameter.is_window for parameter in query.parameters):
        parameters += [_option("since", _SINCE), _option("until", _UNTIL), _option("period", _PERIOD)]
    parameters += [_parameter(parameter) for parameter in query.parameters if not parameter.is_window]
    files = {name: annotation for relation in query.reads for name, annotation in OPTIONS.get(relation, {}).items()}
    parameters += [_option(name, annotation) for name, annotation in files.items()]
    if any(column.type is ColumnType.SQL for column in query.columns):
        parameters.append(_option("full_sql", FullSql, False))
    parameters += [_option("format", _FORMAT, Format.TABLE), _option("output", _OUTPUT)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return single(command, name=query.command, help_text=f"{query.title}. {query.purpose}")


def _option(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _parameter(parameter: Parameter) -> inspect.Parameter:
    kind = _TYPES.get(parameter.type, str)
    default = "" if parameter.default is None else f" Default: {parameter.default}."
    metavar = "TEXT" if kind is str else "NUMBER"
    option = typer.Option(metavar=metavar, help=f"{parameter.help}{default}")
    return _option(parameter.name, Annotated[kind | None, option])


def _answer(context: Context, query: Query, options: Mapping[str, Any]) -> ExitCode:
    from auditctl.cli.answers import answer_query

    inputs = Inputs(**{name: options[name] for names in OPTIONS.values() for name in names if name in options})
    context = replace(context, inputs=inputs, sql=SqlText.FULL if options.get("full_sql") else None)
    given: dict[str, ParameterValue] = {
        parameter.name: options[parameter.name] for parameter in query.parameters if not parameter.is_window
    }
    period_at = partial(_period, context, options)
    return answer_query(context, query, given, period_at, options["format"], options["output"])


def _period(context: Context, options: Mapping[str, Any], now: datetime) -> Period:
    report = context.settings.report
    since, until, period = options.get("since"), options.get("until"), options.get("period")
    found = window(since, until, period, now=now, zone=report.zone, fiscal_year_start=report.fiscal_year_start)
    return found or parse_period(_DEFAULT_WINDOW, now=now, zone=report.zone)
