"""A small catalogue on disk that loads: tests break one thing in it, or add one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TABLES = """
[logs]
key = "id"
columns = { id = "integer", action = "text" }

[ab_user]
key = "id"
columns = { id = "integer", username = "text" }
"""

SCHEMA = """
[sign_ins]
meaning = "One row per sign-in."
reads = ["events"]
[sign_ins.columns]
occurred_at = { type = "datetime", meaning = "When." }
username = { type = "text", meaning = "Who." }
attempts = { type = "integer", meaning = "How many." }
source_ref = { type = "text", meaning = "Which row." }

[events]
meaning = "One row per human act."
tables = ["logs"]
[events.columns]
occurred_at = { type = "datetime", meaning = "When." }
cost = { type = "decimal", meaning = "How much." }
payload = { type = "json", meaning = "What." }
source_ref = { type = "text", meaning = "Which row." }
"""

CAPABILITIES = """
[sign_in_failures]
title = "Rejected sign-ins"
kind = "events"
tables = ["logs"]
actions = ["sign_in_*"]
reason = "This version does not record them."
remedy = "Install the recorder."

[scope_phi]
title = "What holds patient data"
kind = "declared"
reason = "The scope is not declared."
remedy = "Declare [scope.phi]."
"""

ACTIONS = """
["sign_in_failed"]
kind = "sign_in"
verb = "sign_in"
outcome = "failed"
meaning = "A rejected sign-in."

["sign_*"]
kind = "sign_in"
verb = "sign"
meaning = "Anything about signing."

["sign_in_*"]
kind = "sign_in"
verb = "sign_in"
meaning = "Another sign-in."

["log"]
by_key = "event_name"

["log/mount_dashboard"]
kind = "browser_report"
verb = "open"
object = "dashboard"
by = "client"
meaning = "The browser says that it opened a dashboard."

["log/*"]
kind = "browser_report"
verb = "report"
by = "client"
meaning = "The browser says something."
"""

CONTROLS = """
[framework]
id = "soc2"
title = "SOC 2"
noun = "criterion"
edition = "2017"

[CC6_2]
id = "SOC2:CC6.2"
title = "Credentials of leavers are removed"
addressable = true
[[CC6_2.tests]]
id = "failures"
procedure = "Read the rejected sign-ins."
query = "failed_logins"
[[CC6_2.tests]]
id = "failures_again"
procedure = "Read them again."
query = "failed_logins"
absence = "finding"
cannot_prove = ["That it was the owner of the account."]

[A1_1]
id = "SOC2:A1.1"
title = "Capacity"
addressable = false
note = "Outside of the log."
"""

QUERY = """\
-- /// audit
-- id = "failed_logins"
-- version = 1
-- title = "Failed sign-ins"
-- purpose = "Every rejected attempt."
-- kind = "indicator"
-- time = "period"
-- reads = ["sign_ins"]
-- requires = ["sign_in_failures"]
-- denominator = "sign_ins"
-- lookback = "1d"
-- key = ["source_ref"]
-- [parameters]
-- since = { type = "datetime", help = "Start, inclusive." }
-- until = { type = "datetime", help = "End, exclusive." }
-- threshold = { type = "integer", default = 5, help = "Failures that are flagged." }
-- [columns]
-- occurred_at = { label = "Time (UTC)", type = "datetime" }
-- username = { label = "Account", type = "text" }
-- attempts = { label = "Attempts", type = "integer" }
-- flag_reason = { label = "Flagged because", type = "text" }
-- source_ref = { label = "Row", type = "text" }
-- ///
SELECT
    occurred_at,
    username,
    attempts,
    CASE WHEN attempts >= $threshold THEN 'many' END AS flag_reason,
    source_ref
FROM sign_ins
WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
"""

Edit = Callable[[str, str, str], None]
WriteQuery = Callable[..., Path]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue without any problem, in `queries/` of the working folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "queries"
    write(folder / "relations/superset/tables.toml", TABLES)
    write(folder / "relations/schema.toml", SCHEMA)
    write(folder / "capabilities.toml", CAPABILITIES)
    write(folder / "actions.toml", ACTIONS)
    write(folder / "controls/soc2.toml", CONTROLS)
    write(folder / "sign_in/failed_logins.sql", QUERY)
    return folder


@pytest.fixture
def edit(root: Path) -> Edit:
    """Replace a text that is there exactly once in a file of the catalogue."""

    def replace(file: str, old: str, new: str) -> None:
        path = root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is in {file} {text.count(old)} times"
        write(path, text.replace(old, new))

    return replace


@pytest.fixture
def write_query(root: Path) -> WriteQuery:
    """Write a listing of current state over `events` with one statement; its header can be varied."""

    def put(sql: str, *, name: str = "acts", header: str = "", columns: str = "", folder: Path | None = None) -> Path:
        lines = [
            "/// audit",
            f'id = "{name}"',
            "version = 1",
            'title = "Acts"',
            'purpose = "Every act."',
            'kind = "listing"',
            'time = "as_of"',
            'reads = ["events"]',
            'key = ["source_ref"]',
            *header.splitlines(),
            "[columns]",
            *columns.splitlines(),
            'source_ref = { label = "Row", type = "text" }',
            "///",
        ]
        text = "\n".join(f"-- {line}" for line in lines) + "\n" + sql
        return write((folder or root / "data") / f"{name}.sql", text)

    return put
