"""The rows of `auditctl controls requests`, written as a query's are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.model import Column, ColumnType, Framework
from auditctl.catalogue.requests import requests_of
from auditctl.cli.formats import Format
from auditctl.cli.output import write_answers
from auditctl.period import Period
from auditctl.population.engine import arrow_schema
from auditctl.render.answer import Answer
from auditctl.render.wording import count
from auditctl.run.evidence import Rows
from auditctl.workspace import private_folder, reporting

_COLUMNS = (
    Column("control", "Control", ColumnType.TEXT),
    Column("system", "System", ColumnType.TEXT),
    Column("item", "Item", ColumnType.TEXT),
    Column("for", "For the tests", ColumnType.TEXT),
    Column("since", "Since (UTC)", ColumnType.DATETIME),
    Column("until", "Until (UTC)", ColumnType.DATETIME),
)


def write_requests(
    framework: Framework, period: Period | None, form: Format, output: Path | None, *, color: bool
) -> None:
    """Write what to bring for a framework; without a period, `since` and `until` are empty.

    Raises:
        OutputError: `output` exists or cannot be written; nothing of it is there.
    """
    requests = requests_of(framework)
    since, until = (period.since.replace(tzinfo=None), period.until.replace(tzinfo=None)) if period else (None, None)
    rows = [
        {
            "control": ", ".join(request.controls),
            "system": request.system,
            "item": request.item,
            "for": ", ".join(request.tests),
            "since": since,
            "until": until,
            "flagged": False,
        }
        for request in requests
    ]
    schema = arrow_schema(_COLUMNS).append(pa.field("flagged", pa.bool_()))
    span = f", {period.span}" if period else ""
    headline = f"{framework.title}: {count(len(rows), 'thing')} to bring from elsewhere{span}"
    with private_folder() as folder:
        path = folder / "requests.parquet"
        with reporting(path):
            pq.write_table(pa.Table.from_pylist(rows, schema), path)
        answer = Answer(headline, (), Rows(_COLUMNS, path), count=len(rows), flagged=0)
        write_answers([answer], form, output, color=color)
