"""A report to be used in a browser, made up by hand: one deviation with rows that sort, and names that attack."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from auditctl.assess.model import Word
from auditctl.catalogue.model import Column, ColumnType, Kind
from auditctl.render.contents import PackContents
from tests.golden.hard import hard_contents, write_rows
from tests.queries.seed import seed
from tests.queries.test_log_coverage import day

COLUMNS = (
    Column("occurred_at", "Time (UTC)", ColumnType.DATETIME),
    Column("username", "Account", ColumnType.TEXT),
    Column("row_count", "Rows read", ColumnType.INTEGER),
    Column("duration_ms", "Took", ColumnType.DURATION_MS),
    Column("flag_reason", "Flagged because", ColumnType.TEXT),
    Column("source_ref", "Row", ColumnType.TEXT),
)
ROWS = (
    (datetime(2026, 7, 9, 8), "alice", 9, 1_114, "after hours", "logs:9"),  # noqa: DTZ001
    (datetime(2026, 7, 10, 8), "<script>owned = 1</script>", 100, 7, "after hours", "logs:10"),  # noqa: DTZ001
    (None, "</script></style><img src=x onerror=owned=1>", None, 86_400_000, "no time", "logs:101"),
    (datetime(2025, 12, 31, 8), "{{ 7 * 7 }}", -1, None, "on a holiday", "logs:11"),  # noqa: DTZ001
    (datetime(2026, 7, 1, 8), "javascript:owned=1", 20, 900, "on a holiday", "logs:12"),  # noqa: DTZ001
    (datetime(2026, 8, 1, 8), '" onfocus="owned=1" autofocus="', 3, 12, "after hours", "logs:100"),  # noqa: DTZ001
)


def made_contents(folder: Path) -> PackContents:
    """Return the report; its first test shows all `ROWS`, and its calendar a day of each look."""
    contents = hard_contents(folder)
    old = contents.evidence["failed_logins"]
    query = replace(old.query, kind=Kind.DEVIATION, columns=COLUMNS)
    path = write_rows(folder / "made.parquet", COLUMNS, ROWS).path
    made = replace(old, query=query, columns=COLUMNS, path=path, rows=len(ROWS), flagged=len(ROWS))
    rows_of_days = {"08-12": 0, "08-13": 10, "08-14": 50, "08-15": 100, "08-16": 75}
    days = [day(date, log_rows=rows) for date, rows in rows_of_days.items()] + [day("08-11", log_rows=0, held=False)]
    coverage = seed(folder, days=days).evidence("log_coverage")
    first, *others = contents.results
    outcomes = (
        replace(first.outcomes[0], evidence=made, waivers=(), accepted=0),
        # By rank not evidenced comes before items for review, by the alphabet after them.
        replace(first.outcomes[1], word=Word.ITEMS),
        replace(first.outcomes[2], word=Word.NOT_EVIDENCED),
        first.outcomes[3],
    )
    return replace(
        contents,
        evidence={**contents.evidence, "failed_logins": made, "log_coverage": coverage},
        results=(replace(first, outcomes=outcomes), *others),
    )
