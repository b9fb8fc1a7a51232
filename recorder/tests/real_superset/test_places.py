"""All places at once, a worker that is killed under load, and a database that is away: nothing vanishes unsaid."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from superset_audit_recorder.record import Record

from auditctl.source.chain import Chains, check_chains, read_chains
from auditctl.source.interface import Options
from auditctl.source.open import open_source
from tests.databases.opened import as_given
from tests.recorder.collector import collector
from tests.recorder.stores import Store, server_store
from tests.servers.server import Server as DatabaseServer

from .client import Person
from .recorded import rows
from .server import Server


def site(server: Server, store: Store, webhook: str) -> None:
    """Have every place configured."""
    database = store.writer.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    lines = {
        "AUDIT_DATABASE_URI": database,
        "AUDIT_WEBHOOK_URL": webhook,
        "AUDIT_WEBHOOK_TOKEN": "token",
        "AUDIT_JSON_LINES": str(server.folder / "audit.jsonl"),
        "AUDIT_HEARTBEAT_SECONDS": 1,
    }
    (server.folder / "site.py").write_text("".join(f"{name} = {value!r}\n" for name, value in lines.items()))


def fail_to_sign_in(server: Server, number: int) -> str | None:
    """Return the number of the request, if it was answered."""
    name = f"r{number:05}"
    person = Person(server.base, name)
    form = {"username": name, "password": "wrong"}
    try:
        person.ask("POST", "/login/", form=form, headers={"X-Request-ID": name})
    except OSError:
        return None
    return name


def a_worker(server: Server) -> int:
    assert server.process is not None
    found = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def follow(store: Store, folder: Path) -> Chains:
    source = open_source(as_given(store.reader), Options(), folder)
    try:
        return check_chains(read_chains(source))
    finally:
        source.close()


def test_a_killed_worker_under_load_loses_no_more_than_it_reports_in_any_place(
    superset: Server, postgresql: DatabaseServer, tmp_path: Path
) -> None:
    with server_store(postgresql, this_month=True) as store, collector() as there:
        site(superset, store, there.url)
        superset.start()
        superset.wait_for_both()
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(fail_to_sign_in, superset, number) for number in range(150)]
            time.sleep(1)
            os.kill(a_worker(superset), signal.SIGKILL)
            answered = {name for one in asked if (name := one.result()) is not None}
        # The other worker looks for what it left once a second.
        time.sleep(3)
        superset.stop()

        lines = [Record.from_json(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
        lost = [record for record in lines if record.action == "RecorderLost"]
        posted = [one for batch in there.got for one in batch]
        failed = "UserLoginFailed"
        places = {
            "logs": [row["request_id"] for row in rows(superset.metadata) if row["action"] == failed],
            "database": [row["request_id"] for row in store.rows() if row["action"] == failed],
            "json-lines": [record.request_id for record in lines if record.action == failed],
            "webhook": [one["request_id"] for one in posted if one["action"] == failed],
        }
        assert len({record.details["process"] for record in lost}) == 1
        assert len(answered) > 100
        for place, found in places.items():
            reported = lost[0].details["sinks"][place]["lost"]
            assert len(answered - set(found)) <= reported, place
        assert follow(store, tmp_path).problems == ()
        assert list((tmp_path / "spool").iterdir()) == []


def test_what_was_done_while_the_database_was_away_is_there_when_it_is_back(
    superset: Server, postgresql: DatabaseServer, tmp_path: Path
) -> None:
    with server_store(postgresql, this_month=True) as store, collector() as there:
        site(superset, store, there.url)
        store.run("ALTER TABLE logs RENAME TO away")
        superset.start()
        answered = {fail_to_sign_in(superset, number) for number in range(20)}
        superset.stop()
        store.run("ALTER TABLE away RENAME TO logs")
        assert store.rows() == []
        superset.start()
        answered.add(fail_to_sign_in(superset, 20))
        superset.stop()
        assert {row["request_id"] for row in store.rows() if row["action"] == "UserLoginFailed"} == answered
        assert follow(store, tmp_path).problems == ()
