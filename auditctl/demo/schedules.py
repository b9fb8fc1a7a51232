"""Reports and alerts that run by themselves, with their recipients and the runs that Superset still keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from auditctl.demo.administration import SCHEDULE_NAME
from auditctl.demo.objects import CHARTS, EXECUTIVE_FINANCE, WAREHOUSE
from auditctl.demo.tables import insert
from auditctl.demo.timeline import MINUTE, SECOND, Timeline, at, berlin_day, stamp
from auditctl.demo.world import FOUNDED, World

KEPT_DAYS = 90  # report_schedule.log_retention: older runs are pruned every night, by default
ALERT_HOUR = 7
ALERT_OWNER = "tmaier"


def fill_schedules(database: sqlite3.Connection, world: World, timeline: Timeline, rng: Random) -> None:
    """Fill `report_schedule` and what belongs to it."""
    made = world.made["schedule"]
    low_stock = next(chart.id for chart in CHARTS if chart.name == "Low stock")
    dkaya, alerter, wlang = (world.owners[name] for name in ("dkaya", ALERT_OWNER, "wlang"))
    rows: list[dict[str, Any]] = [
        {"id": 1, "type": "Report", "name": "Weekly orders", "crontab": "0 9 * * 1", "dashboard_id": 3, "by": dkaya},
        {
            "id": 2,
            "type": "Alert",
            "name": "Low stock",
            "crontab": "0 7 * * 1",
            "chart_id": low_stock,
            "by": alerter,
            "database_id": WAREHOUSE,
            "sql": "SELECT count(*) FROM inventory WHERE quantity < 1",
            "validator_type": "operator",
            "validator_config_json": '{"op": ">", "threshold": 0.0}',
        },
        {
            "id": 3,
            "type": "Report",
            "name": SCHEDULE_NAME,
            "crontab": "0 6 1 * *",
            "dashboard_id": EXECUTIVE_FINANCE,
            "by": wlang,
            "at": made,
        },
    ]
    runs = sorted(_runs(timeline), key=lambda run: (run[0], run[1]))
    last = {schedule: instant for instant, schedule, _ in runs}
    empty = dict.fromkeys(("sql", "chart_id", "dashboard_id", "database_id", "validator_type"))
    insert(
        database,
        "report_schedule",
        (
            {
                **empty,
                "validator_config_json": "{}",
                **{key: value for key, value in row.items() if key not in ("by", "at")},
                "active": 1,
                "last_eval_dttm": stamp(last[row["id"]] + 9 * SECOND) if row["id"] in last else None,
                "last_state": ("Not triggered" if row["id"] == 2 else "Success")
                if row["id"] in last
                else "Not triggered",
                "log_retention": KEPT_DAYS,
                "grace_period": 14400,
                "working_timeout": 3600,
                "created_on": stamp(row.get("at", FOUNDED)),
                "changed_on": stamp(row.get("at", FOUNDED)),
                "created_by_fk": row["by"],
                "changed_by_fk": row["by"],
                "report_format": "PDF" if row["id"] == 3 else "PNG",
                "creation_method": "alerts_reports",
                "timezone": "Europe/Berlin",
                "extra_json": "{}",
                "force_screenshot": 0,
            }
            for row in rows
        ),
    )
    insert(
        database,
        "report_schedule_user",
        ({"id": row["id"], "user_id": row["by"], "report_schedule_id": row["id"]} for row in rows),
    )
    targets = ("bjansen@example.com", "pharmacy@example.com", "auditor@example.net")
    insert(
        database,
        "report_recipient",
        (
            {
                "id": row["id"],
                "type": "Email",
                "recipient_config_json": f'{{"target": "{target}"}}',
                "report_schedule_id": row["id"],
                "created_on": stamp(row.get("at", FOUNDED)),
                "changed_on": stamp(row.get("at", FOUNDED)),
                "created_by_fk": row["by"],
                "changed_by_fk": row["by"],
            }
            for row, target in zip(rows, targets, strict=True)
        ),
    )
    insert(database, "report_execution_log", _records(runs, rng))


def _runs(timeline: Timeline) -> Iterator[tuple[int, int, str]]:
    """Yield (instant, schedule, final state) of the runs that are young enough to be kept."""
    day = berlin_day(timeline.until) - timedelta(days=KEPT_DAYS)
    while at(day, 9) < timeline.until - MINUTE:
        if day.weekday() == 0:
            yield at(day, ALERT_HOUR), 2, "Not triggered"
            yield at(day, 9), 1, "Success"
        if day.day == 1:
            yield at(day, 6), 3, "Success"
        day += timedelta(days=1)


def _records(runs: list[tuple[int, int, str]], rng: Random) -> Iterator[dict[str, Any]]:
    number = 0
    for instant, schedule, state in runs:
        execution = rng.randbytes(16)
        for entry, ended in (("Working", instant + 30_000), (state, instant + 9 * SECOND)):
            number += 1
            yield {
                "id": number,
                "scheduled_dttm": stamp(instant),
                "start_dttm": stamp(instant + 20_000),
                "end_dttm": stamp(ended),
                "value": 0.0 if schedule == 2 and entry != "Working" else None,
                "state": entry,
                "report_schedule_id": schedule,
                "uuid": execution,
            }
