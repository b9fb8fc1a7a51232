"""What the recorder wrote into `logs`, read from the metadata database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

COLUMNS = ("id", "action", "user_id", "json", "dttm", "dashboard_id", "slice_id", "duration_ms", "referrer")


def rows(metadata: str) -> list[dict[str, Any]]:
    """Return all rows of `logs`, each with its columns and what its JSON holds; columns go first."""
    query = f"SELECT {', '.join(COLUMNS)} FROM logs ORDER BY id"
    if metadata.startswith("sqlite"):
        path = metadata.removeprefix("sqlite:///").partition("?")[0]
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found = database.execute(query).fetchall()
    else:
        import psycopg

        with psycopg.connect(metadata.replace("postgresql+psycopg2", "postgresql", 1)) as database:
            found = database.execute(query).fetchall()
    return [_row(dict(zip(COLUMNS, values, strict=True))) for values in found]


def _row(columns: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(columns["json"] or "{}")
    return {**(body if isinstance(body, dict) else {}), **{k: v for k, v in columns.items() if v is not None}}
