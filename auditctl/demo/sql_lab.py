"""SQL Lab: a row of `query` for every statement, rows of `logs` only when it succeeded, and exports of results."""

from __future__ import annotations

import json

from auditctl.demo.people import Person
from auditctl.demo.rows import SQL_LAB, Day, Mark
from auditctl.demo.statements import LIMIT, Statement
from auditctl.demo.timeline import SECOND, stamp
from auditctl.demo.world import World

QUERY_COLUMNS = (
    "client_id",
    "database_id",
    "tmp_table_name",
    "tab_name",
    "sql_editor_id",
    "user_id",
    "status",
    "schema",
    "sql",
    "select_sql",
    "executed_sql",
    "limit",
    "select_as_cta",
    "select_as_cta_used",
    "progress",
    "rows",
    "error_message",
    "start_time",
    "changed_on",
    "end_time",
    "start_running_time",
    "extra_json",
    "ctas_method",
    "limiting_factor",
)
TIMEOUT = 30
_TIMEOUT_MESSAGE = f"SQL Lab timeout. This environment's policy is to kill queries after {TIMEOUT} seconds."


def run_statement(
    day: Day,
    world: World,
    instant: int,
    person: Person,
    statement: Statement,
    status: str = "success",
    query_mark: Mark | None = None,
    mark: Mark | None = None,
) -> tuple[int, str]:
    """Run a statement that ends with this status; return the last instant and the client id.

    Only a success leaves rows in `logs`: one `execute_sql` per part and the marked `SqlLabRestApi.get_results`.
    """
    client_id = world.next_client_id()
    started = instant + day.gap(30, 90)
    running = started + day.gap(40, 170)
    done = running
    if status == "success":
        for _ in range(statement.parts):
            then = done + day.gap(20, 180)
            payload = {"path": "/", "object_ref": "superset.sql_lab"}
            day.add(then, "execute_sql", person, payload, ms=(then - done) // 1000, referrer=None)
            done = then + day.gap(15, 60)
        answered = done + day.gap(70, 130)
        day.add(
            answered,
            "SqlLabRestApi.get_results",
            person,
            _request(client_id, statement),
            referrer=SQL_LAB,
            ms=(answered - instant) // 1000,
            mark=mark,
        )
    else:
        done += {"stopped": day.gap(4_000, 40_000), "timed_out": TIMEOUT * SECOND}.get(status, day.gap(40, 900))
        answered = done + day.gap(20, 60)
    changed = started + 400 if status == "pending" else done + day.gap(10, 60)
    times = (started, changed, None if status == "pending" else done, None if status == "pending" else running)
    day.queries.append((started, _columns(client_id, person, statement, status, times), query_mark))
    day.seen(person, answered)
    return answered, client_id


def _request(client_id: str, statement: Statement) -> dict[str, object]:
    return {
        "path": "/api/v1/sqllab/execute/",
        "client_id": client_id,
        "database_id": statement.dataset.database_id,
        "runAsync": False,
        "schema": statement.dataset.schema,
        "sql": statement.sql,
        "sql_editor_id": "1",
        "tab": "Untitled Query 1",
        "tmp_table_name": statement.table,
        "select_as_cta": bool(statement.table),
        "ctas_method": "TABLE",
        "queryLimit": LIMIT,
        "expand_data": True,
        "object_ref": "SqlLabRestApi.execute_sql_query",
    }


def _columns(
    client_id: str,
    person: Person,
    statement: Statement,
    status: str,
    times: tuple[int, int, int | None, int | None],
) -> tuple[object, ...]:
    started, changed, done, running = times
    success = status == "success"
    created = int(bool(statement.table))
    factor = ("NOT_LIMITED" if created else "DROPDOWN") if success else "UNKNOWN"
    select_sql = f"SELECT\n  *\nFROM {statement.table}\nLIMIT {LIMIT}\nOFFSET 0" if created else None
    error = {"failed": statement.error, "timed_out": _TIMEOUT_MESSAGE}.get(status)
    return (
        client_id,
        statement.dataset.database_id,
        statement.table or None,
        "Untitled Query 1",
        "1",
        person.log_id,
        status,
        statement.dataset.schema,
        statement.sql,
        select_sql if success else None,
        None if status == "pending" else statement.executed,
        LIMIT,
        created,
        created if success else 0,
        100 if success else 0,
        statement.rows if success else None,
        error,
        started / 1000,
        stamp(changed),
        None if done is None else done / 1000,
        None if running is None else running / 1000,
        _extra(statement, status, error),
        "TABLE",
        factor,
    )


def _extra(statement: Statement, status: str, error: str | None) -> str:
    if status == "success":
        return statement.extra
    if status == "pending":
        return "{}"
    extra: dict[str, object] = {"progress": "Running block 1 out of 1"}
    if error:
        issue = {"code": 1002, "message": "Issue 1002 - The database returned an unexpected error."}
        extra["errors"] = [
            {
                "message": error,
                "error_type": "GENERIC_DB_ENGINE_ERROR",
                "level": "error",
                "extra": {"engine_name": "PostgreSQL", "issue_codes": [issue]},
            }
        ]
    return json.dumps(extra)


def export_result(
    day: Day, instant: int, person: Person, client_id: str, *, streaming: bool = False, mark: Mark | None = None
) -> int:
    """Export the result of a statement as CSV; the marked row names it by its client id."""
    then = instant + day.gap(40, 120)
    if streaming:
        payload = {
            "path": "/api/v1/sqllab/export_streaming/",
            "client_id": client_id,
            "object_ref": "SqlLabRestApi.export_streaming_csv",
        }
        day.add(then, "SqlLabRestApi.export_streaming_csv", person, payload, ms=7, referrer=SQL_LAB, mark=mark)
        return then
    place = {"path": f"/api/v1/sqllab/export/{client_id}/", "url_rule": "/api/v1/sqllab/export/<string:client_id>/"}
    for action, reference in (
        ("execute_sql", "superset.models.core"),
        ("load_into_dataframe", "Database.load_into_dataframe"),
    ):
        day.add(then, action, person, {**place, "object_ref": reference}, ms=8, referrer=SQL_LAB)
        then += day.gap(30, 60)
    payload = {**place, "object_ref": "SqlLabRestApi.export_csv", "client_id": client_id}
    day.add(then, "SqlLabRestApi.export_csv", person, payload, ms=101, referrer=SQL_LAB, mark=mark)
    return then
