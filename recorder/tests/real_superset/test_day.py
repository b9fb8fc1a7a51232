"""A day of acts over HTTP against what the recorder wrote: none missing, none invented, each as it was."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from .acts import Step, Told
from .day import whole_day
from .recorded import rows
from .server import Server
from .story import Story

AT_LEAST = 60
RECORDERS = {"UserLoggedIn", "UserLoginFailed", "UserLoggedOut", "AccessRefused", "StatementExecuted", "DataExported"}
RECORDERS |= {f"{kind}{verb}" for kind in ("User", "Role", "Group") for verb in ("Created", "Updated", "Deleted")}


def read(row: dict[str, Any], wanted: Told | None) -> Told:
    """Return a row as what was wanted of it, with the same further fields."""
    more = {name: row.get(name) for name in (wanted.more if wanted else {})}
    named = (row["target_type"], row["target_name"])
    # A statement's name says nothing; which it was is in its text.
    named = (named[0], None) if named[0] == "statement" else named
    return Told(row["action"], row["event_outcome"], row["reason"], named, row["username"], more)


def compare(step: Step, found: list[dict[str, Any]]) -> tuple[list[Told], list[Told], list[Told]]:
    """Return the rows as they are, those that are missing, and those that are too many or different."""
    missing, extra, seen = list(step.rows), [], []
    for row in found:
        match = next((told for told in missing if read(row, told) == told), None)
        seen.append(read(row, match or next((told for told in missing if told.action == row["action"]), None)))
        if match is None:
            extra.append(seen[-1])
        else:
            missing.remove(match)
    return seen, missing, extra


def table(steps: list[Step], found: dict[str, list[dict[str, Any]]]) -> tuple[str, list[str]]:
    """Return the day as a table, and what is wrong with it."""
    lines, wrong = [], []
    for step in steps:
        seen, missing, extra = compare(step, found.get(step.key, []))
        mark = "ok" if not missing and not extra else "WRONG"
        lines.append(
            f"{step.key} {mark:5} {step.status} {step.who:8.8} {step.label:36.36} | {'; '.join(map(str, seen)) or '-'}"
        )
        if step.status != step.wanted:
            wrong.append(f"{step.key} {step.label}: answered {step.status}, not {step.wanted}")
        wrong += [f"{step.key} {step.label}: missing {told} {told.more}" for told in missing]
        wrong += [f"{step.key} {step.label}: there is {told} {told.more}" for told in extra]
    return "\n".join(lines), wrong


def check(server: Server, story: Story) -> str:
    """Compare the whole day, and return it as a table."""
    everything = rows(server.metadata)
    own = [row for row in everything if row.get("recorder") == 1]
    told = [row for row in own if row["action"] in RECORDERS]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in told:
        found.setdefault(row["request_id"], []).append(row)
    steps = {step.key: step for step in story.day.steps}
    printed, wrong = table(list(steps.values()), found)
    wrong += [f"of no act: {row}" for row in told if row["request_id"] not in steps]
    assert wrong == [], "\n".join(wrong)
    assert len(steps) >= AT_LEAST
    assert len({row["event_id"] for row in own}) == len(own)
    assert {row["action"] for row in own} - RECORDERS == {"RecorderHeartbeat"}
    for row in told:
        who = story.people[steps[row["request_id"]].who]
        assert (row["source_ip"], row["user_agent"]) == (who.address, f"Mozilla/5.0 ({who.name})")
        assert (row["referrer"], row["duration_ms"] >= 0) == (f"{server.base}/", True)
    assert "CANARY" not in str(own)
    assert {row["process"] for row in own if row.get("beat") == "start"} == {
        row["process"] for row in own if row.get("beat") == "stop"
    }
    return f"{len(steps)} acts, {len(told)} rows of the recorder\n{printed}"


@pytest.fixture(params=["superset", "superset_on_postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def test_the_day_is_recorded_as_it_was(server: Server, business: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.start()
    story = whole_day(server.base, business)
    server.stop()
    printed = check(server, story)
    with capsys.disabled():
        sys.stdout.write(f"\n{printed}\n")
