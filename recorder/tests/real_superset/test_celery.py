"""Statements that Celery workers run: each recorded once, and delivered before a worker ends."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .recorded import rows
from .server import Server, superset_bin
from .test_site import make_database, own, signed_in

SITE = """
from cachelib.file import FileSystemCache


class CeleryConfig:
    broker_url = "filesystem://"
    broker_transport_options = {
        "data_folder_in": f"{RUN_DIR}/queue",
        "data_folder_out": f"{RUN_DIR}/queue",
        "control_folder": f"{RUN_DIR}/control",
    }
    imports = ("superset.sql_lab",)
    result_backend = f"db+sqlite:///{RUN_DIR}/ended.db"
    worker_prefetch_multiplier = 1


CELERY_CONFIG = CeleryConfig
RESULTS_BACKEND = FileSystemCache(f"{RUN_DIR}/results")
"""
STATEMENTS = [f"SELECT {number} AS n FROM inventory" for number in range(5)] + ["SELECT * FROM no_such_table"]


@contextmanager
def worker(server: Server) -> Iterator[None]:
    """Run a worker of two processes made by fork, and end it as an operator does: what is under way is finished."""
    program = [str(superset_bin() / "celery"), "--app", "superset.tasks.celery_app:app"]
    with (server.folder / "celery.log").open("wb") as log:
        process = subprocess.Popen(
            [*program, "worker", "--pool", "prefork", "-c", "2", "--without-mingle", "--without-gossip"],
            env=server.environment(),
            cwd=server.folder,
            stdout=log,
            stderr=log,
        )
    said = server.folder / "celery.log"
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, said.read_text()[-3000:]


def test_statements_of_a_celery_worker_are_recorded_once_and_before_it_ends(superset: Server, business: Path) -> None:
    (superset.folder / "site.py").write_text(SITE)
    for folder in ("queue", "control"):
        (superset.folder / folder).mkdir()
    superset.start()
    admin = signed_in(superset)
    database = make_database(admin, business)
    assert admin.ask("PUT", f"/api/v1/database/{database}", json_body={"allow_run_async": True}).status == 200
    with worker(superset):
        for number, sql in enumerate(STATEMENTS):
            body = {"client_id": f"async{number:06}", "database_id": database, "sql": sql, "schema": "main"}
            assert admin.ask("POST", "/api/v1/sqllab/execute/", json_body={**body, "runAsync": True}).status == 202
        until = time.monotonic() + 120
        while any(admin.ask("GET", f"/api/v1/query/{key}").json()["result"]["status"] in ("pending", "running")
                  for key in range(1, len(STATEMENTS) + 1)):  # fmt: skip
            assert time.monotonic() < until, (superset.folder / "celery.log").read_text()[-3000:]
            time.sleep(0.3)
    # The web server runs on: what is there now was delivered by the worker.
    told = [row for row in own(superset) if row["action"] == "StatementExecuted"]
    superset.stop()
    assert sorted((row["client_id"], row["event_outcome"], row.get("rows"), row["program"]) for row in told) == [
        *((f"async{number:06}", "succeeded", 30, "celery") for number in range(5)),
        ("async000005", "failed", None, "celery"),
    ]
    assert {(row["username"], row["user_id"], row["database_name"]) for row in told} == {("admin", 1, "clinic")}
    everything = rows(superset.metadata)
    assert [row["action"] for row in everything if row["action"] == "RecorderLost"] == []
    assert len({row["event_id"] for row in everything if row.get("recorder") == 1}) == sum(
        row.get("recorder") == 1 for row in everything
    )
    beats = [(row["process"], row["beat"]) for row in everything if row["action"] == "RecorderHeartbeat"]
    assert {process for process, beat in beats if beat == "start"} == {p for p, beat in beats if beat == "stop"}
    assert list((superset.folder / "spool").iterdir()) == []
