"""auditctl beside a real Superset: what it says of one without the recorder, and of one with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.command import CommandLine, Finished
from tests.recorder.stores import file_store

from .client import Person
from .server import ADMIN, Server

# As a site is set up: forms need a token against cross-site requests.
SITE = "WTF_CSRF_ENABLED = True\n"


@dataclass(frozen=True)
class Auditor:
    """Asks the metadata database of a Superset."""

    superset: Server
    folder: Path

    def ask(self, *arguments: str, **environment: str) -> Finished:
        url = self.superset.metadata.partition("?")[0].replace("postgresql+psycopg2", "postgresql", 1)
        (self.folder / "tmp").mkdir(exist_ok=True)
        return CommandLine(self.folder)(*arguments, cwd=self.folder, AUDITCTL_SOURCE_URL=url, **environment)

    def canary(self, *arguments: str) -> Finished:
        return self.ask("canary", self.superset.base, *arguments)

    def canary_as_admin(self) -> Finished:
        path = self.folder / "password"
        path.touch(0o600)
        path.write_text(ADMIN[1])
        return self.canary("--user", ADMIN[0], "--password-file", str(path))


@pytest.fixture
def auditor(superset: Server, tmp_path: Path) -> Auditor:
    (superset.folder / "site.py").write_text(SITE)
    return Auditor(superset, tmp_path)


def mistype_password(server: Server, name: str) -> None:
    body = {"username": name, "password": "wrong", "provider": "db"}
    assert Person(server.base, name).ask("POST", "/api/v1/security/login", json_body=body).status == 401


def test_without_the_recorder_what_superset_records_is_found_and_a_failed_sign_in_is_not_evidenced(
    superset: Server, auditor: Auditor
) -> None:
    superset.env["RECORDER"] = "off"
    superset.start()
    looked = auditor.canary_as_admin()
    assert (looked.code, looked.err) == (0, "")
    assert ": DashboardRestApi.info, " in looked.out
    rejected = auditor.canary("--within", "5s")
    assert (rejected.code, rejected.err) == (4, "")
    assert "this is no fault of the logging" in " ".join(rejected.out.split())
    failed = auditor.ask("failed-logins", "--since", "24h")
    assert failed.code == 4
    assert failed.out.startswith("Not evidenced")


def test_with_the_recorder_failed_sign_ins_of_the_last_day_are_listed_and_doctor_says_since_when(
    superset: Server, auditor: Auditor
) -> None:
    before = datetime.now(UTC)
    superset.start()
    rejected = auditor.canary()
    assert (rejected.code, rejected.err) == (0, "")
    assert ": UserLoginFailed, " in rejected.out
    assert auditor.canary_as_admin().code == 0
    mistype_password(superset, ADMIN[0])
    mistype_password(superset, "ghost")
    superset.stop()

    failed = auditor.ask("failed-logins", "--since", "24h", "--format", "jsonl")
    listed = [json.loads(line) for line in failed.out.splitlines()]
    token = rejected.out.partition("as ")[2].partition(",")[0]
    assert [(row["username"], row["reason"], row["flagged"]) for row in listed] == [
        (token, "unknown_user", True),
        (ADMIN[0], "bad_password", False),
        ("ghost", "unknown_user", True),
    ]
    assert {row["source_ip"] for row in listed[1:]} == {"192.0.2.7"}
    # The recorder is younger than a day: what was before it is not evidenced, and the answer says so.
    assert failed.code == 4
    assert "Failed sign-ins are not held for" in " ".join(failed.err.split())

    doctor = json.loads(auditor.ask("doctor", "--format", "json").out)
    (state,) = [one for one in doctor["capabilities"] if one["name"] == "sign_in_failures"]
    ((since, reason),) = [(datetime.fromisoformat(span["since"]), span["reason"]) for span in state["held"]]
    assert before - timedelta(minutes=1) < since < datetime.now(UTC)
    assert reason == "the recorder kept reporting that it was recording them"
    assert datetime.fromisoformat(state["last_row"]) > since
    told = " ".join(auditor.ask("doctor").out.partition("Refused acts\n")[2].split())
    none = "there is no row of the kind among those looked at"
    assert told.startswith(f"held since {since:%Y-%m-%d %H:%M} UTC: {reason} {none}")


def test_both_places_of_the_recorder_tell_the_same_and_each_act_once(superset: Server, auditor: Auditor) -> None:
    audit = f"sqlite:///{auditor.folder}/audit.db"
    file_store(auditor.folder / "audit.db")
    lines = f"AUDIT_DATABASE_URI = {audit!r}\nAUDIT_SENSITIVE_ACTIONS = ['DashboardRestApi.info']\n"
    (superset.folder / "site.py").write_text(SITE + lines)
    superset.start()
    rejected = auditor.ask("canary", superset.base, AUDITCTL_AUDIT_URL=audit)
    assert (rejected.code, rejected.err) == (0, "")
    assert " of main: UserLoginFailed" in rejected.out
    assert " of audit: UserLoginFailed" in rejected.out
    assert auditor.canary_as_admin().code == 0
    mistype_password(superset, "ghost")
    superset.stop()

    url = ("--audit-url", audit)
    failed = auditor.ask(*url, "failed-logins", "--since", "24h", "--format", "jsonl")
    listed = [json.loads(line) for line in failed.out.splitlines()]
    assert [row["username"] for row in listed] == [rejected.out.partition("as ")[2].partition(",")[0], "ghost"]
    assert {row["source_ref"].partition(":")[0] for row in listed} == {"logs"}
    wrong = auditor.ask(*url, "recorder-places", "--since", "24h", "--format", "jsonl")
    assert wrong.out == ""
    assert "tell the same event differently: 0." in " ".join(wrong.err.split())
    info = auditor.ask(*url, "action-inventory", "--since", "24h", "--format", "jsonl")
    rows = {row["action"]: row["rows"] for row in map(json.loads, info.out.splitlines())}
    assert rows["DashboardRestApi.info"] == 1
    assert rows["UserLoginFailed"] == 2
