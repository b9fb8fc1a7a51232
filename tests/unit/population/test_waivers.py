"""waivers.toml: five keys each and a sixth that may be there, and every problem with its line."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from auditctl.errors import InputFileError
from auditctl.population.waivers import read_waivers

GOOD = """\
[[waiver]]
query = "admins_not_approved"
key = "ab_user:9"
reason = "Break-glass account"
owner = "CISO"
expires = 2026-12-31
flag_reason = "silent"

[[waiver]]
query = "log_coverage"
key = "2026-08-17"
reason = "A day of maintenance"
owner = "Head of IT"
expires = "2027-01-31"
"""


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError) as caught:
        read_waivers(path)
    return [line.removeprefix(str(folder) + "/") for line in caught.value.problems]


def test_each_waiver_is_a_row_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(GOOD, encoding="utf-8")
    table, file = read_waivers(path)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert rows == [
        (1, "admins_not_approved", "ab_user:9", "Break-glass account", "CISO", date(2026, 12, 31), "silent"),
        (9, "log_coverage", "2026-08-17", "A day of maintenance", "Head of IT", date(2027, 1, 31), ""),
    ]
    digest = hashlib.sha256(GOOD.encode()).hexdigest()
    assert (file.name, file.file, file.rows, file.sha256) == ("waivers", "waivers.toml", 2, digest)


def test_an_empty_file_waives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text("", encoding="utf-8")
    table, file = read_waivers(path)
    assert (table.num_rows, file.rows) == (0, 0)


def test_every_problem_is_named_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace('owner = "CISO"', 'ownr = "CISO"').replace('"2027-01-31"', '"31.01.2027"')
    text += '[[waiver]]\nquery = "log_coverage"\nkey = "2026-08-17"\nreason = "Again"\nowner = "CISO"\nexpires = 1\n'
    assert problems(tmp_path, text) == [
        "waivers.toml:1: 'owner' is missing; add it",
        "waivers.toml:5: unknown key 'ownr'; did you mean 'owner'?",
        "waivers.toml:14: 'expires' must be a day such as 2024-03-01",
        "waivers.toml:15: log_coverage '2026-08-17' stands in line 9 already; keep one",
        "waivers.toml:20: 'expires' must be text, not a whole number",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[waiver]\n", "waivers.toml:1: not TOML: "),
        ("waiver = 1\n", "waivers.toml:1: 'waiver' must be tables; write [[...waiver]]"),
        ("[[waivers]]\n", "waivers.toml:1: unknown key 'waivers'; did you mean 'waiver'?"),
        (f"x = {'9' * 5000}\n", "waivers.toml: not TOML that can be read; mend it"),
    ],
)
def test_what_is_no_list_of_waivers_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    (line,) = problems(tmp_path, text)
    assert line.startswith(problem)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError) as caught:
        read_waivers(tmp_path / "none.toml")
    assert caught.value.problems[0].endswith("none.toml: cannot be read: no such file or directory; check the path")
