"""The relations of a long log take little memory: what does not fit is spilled, and nothing wide is kept or sorted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditctl.apart import Tell, run_apart
from auditctl.catalogue.load import load_catalogue
from auditctl.errors import UsageError

from .made import SETTINGS, Superset

_ROWS = 210_000
_MEGABYTE = 1024  # in kilobytes, as Linux counts
_FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO logs (id, action, dttm, json, user_id, dashboard_id, slice_id, duration_ms, referrer)
SELECT
    i,
    CASE i % 5 WHEN 0 THEN 'ChartDataRestApi.data' WHEN 1 THEN 'ChartDataRestApi.json_dumps'
        WHEN 2 THEN 'dashboard' WHEN 3 THEN 'RecorderHeartbeat' ELSE 'DashboardRestApi.put' END,
    strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', (i * 100) || ' seconds'),
    replace('{payload}', '#', i), 1 + i % 3, NULL, i % 300, i % 1000, NULL
FROM n
"""
_PAYLOAD = json.dumps(
    {
        "path": "/api/v1/dashboard/#",
        "url_rule": "/api/v1/dashboard/<pk>",
        "pk": "#",
        "dashboard_title": "Dashboard number #",
        "kinds": ["sign_in", "export"],
        "form_data": {"slice_id": 1, "filters": ["value # of one column, which no other row has"] * 8},
    }
)


def test_the_relations_of_a_long_log_are_computed_within_300_mb(tmp_path: Path) -> None:
    events, peak = run_apart(_build, lambda: None, tmp_path)
    assert events == _ROWS
    assert peak < 300 * _MEGABYTE, peak


def test_the_process_that_makes_relations_loads_no_database_driver_and_no_parser() -> None:
    script = "import sys, auditctl.population.derive; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    )
    assert "duckdb" in loaded
    assert not loaded & {"sqlalchemy", "sqlglot", "pyarrow.dataset"}


@pytest.mark.parametrize("memory", ["12MB", "60MB"])
def test_too_little_memory_for_the_engine_is_said_with_the_setting(tmp_path: Path, memory: str) -> None:
    superset = Superset(tmp_path, load_catalogue())
    superset.sql(_FILL.format(rows=30_000, payload=_PAYLOAD))
    settings = replace(SETTINGS, limits=replace(SETTINGS.limits, memory=memory))
    with pytest.raises(UsageError, match=f"more memory than limits.memory, which is {memory}"):
        superset.build("events", settings=settings)


def _build(_tell: Tell, folder: Path) -> tuple[int, int]:
    """Return the events of a long log, and the peak of the process in which its relations were computed."""
    peaks: list[int] = []

    def measured(apart: object, work: Callable[..., Any], on_step: Tell, *arguments: object) -> object:
        assert apart
        result, peak = run_apart(_with_peak, on_step, work, *arguments)
        peaks.append(peak)
        return result

    superset = Superset(folder, load_catalogue())
    superset.sql(_FILL.format(rows=_ROWS, payload=_PAYLOAD))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditctl.population.build.run_maybe_apart", measured)
        built = superset.build("events", "days")
    folded = "SELECT CAST(sum(rows_folded) AS BIGINT) FROM events"
    (peak,) = peaks
    return int(built.column(folded)[0]), peak


def _with_peak(tell: Tell, work: Callable[..., Any], *arguments: object) -> tuple[Any, int]:
    # What the system counts of children begins with what their parent held when it started them.
    result = work(tell, *arguments)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return result, int(status.partition("VmHWM:")[2].split()[0])
