from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditctl.catalogue.load import read_all

Edit = Callable[[str, str, str], None]
FILE = "sign_in/failed_logins.sql"


@pytest.fixture
def change(root: Path, edit: Edit) -> Callable[[str, str], list[str]]:
    """Change one text of the query and return what is wrong then, as `line: message`."""

    def run(old: str, new: str) -> list[str]:
        edit(FILE, old, new)
        prefix = f"queries/{FILE}:"
        return [line.removeprefix(prefix) for line in read_all(root=root).problems.lines() if line.startswith(prefix)]

    return run


Change = Callable[[str, str], list[str]]
SHAPE = "write '-- /// audit', lines of '-- ' and TOML, then '-- ///'"
SINCE = '-- since = { type = "datetime", help = "Start, inclusive." }\n'
UNTIL = '-- until = { type = "datetime", help = "End, exclusive." }\n'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("-- title =", "-- titel =", [
            "2: 'title' is missing; add it",
            "4: unknown key 'titel'; did you mean 'title'?",
        ]),
        ("-- version = 1", "-- version = 0", ["3: 'version' must be a whole number from 1"]),
        ("-- version = 1", "-- version = true", ["3: 'version' must be a whole number from 1"]),
        ('"indicator"', '"indicater"', ["6: 'kind' cannot be 'indicater'; did you mean 'indicator'?"]),
        ('"period"', '"never"', ["7: 'time' cannot be 'never'; one of: period, as_of"]),
        ('"failed_logins"', '"failed_login"', [
            "2: 'failed_login' is not the file's name; call the file failed_login.sql"
        ]),
        ('"failed_logins"', '"Failed-Logins"', ["2: 'Failed-Logins' is not snake_case; use a-z, 0-9 and _"]),
        ('reads = ["sign_ins"]', "reads = []", ["8: 'reads' is empty; name at least one"]),
        ('denominator = "sign_ins"', 'denominator_noun = "sign-ins"', [
            "10: there is no 'denominator' that it could name; declare one"
        ]),
        ('"sign_in_failures"', '"sign_in_failure"', [
            "9: unknown capability 'sign_in_failure'; did you mean 'sign_in_failures'?"
        ]),
        ('"sign_in_failures"', '"scope_{scope}"', [
            "9: 'scope_{scope}' needs a text parameter 'scope' with a default; declare it"
        ]),
        ('"sign_in_failures"', '"scope_{scope"', ["9: 'scope_{scope' has unmatched braces; write as in scope_{scope}"]),
        ("-- lookback", '-- fallback = "nothing"\n-- lookback', [
            "11: unknown query 'nothing'; known: failed_logins"
        ]),
        ("-- lookback", '-- fallback = "failed_logins"\n-- lookback', [
            "11: a query cannot be its own fallback; name another"
        ]),
        ('"1d"', '"a day"', ["11: 'a day' is no duration; write 30m, 24h, 7d or 2w"]),
        ('key = ["source_ref"]', 'key = ["source_reff"]', [
            "12: unknown column 'source_reff'; did you mean 'source_ref'?"
        ]),
        (SINCE, "", ["14: 'until' without 'since'; declare both"]),
        (SINCE + UNTIL, "", ["7: a query of a period needs the parameters since and until; declare them"]),
        (SINCE, SINCE.replace("datetime", "date"), ["14: 'since' must be of type datetime"]),
        (SINCE, SINCE.replace(" }", ', default = "2026-01-01T00:00" }'), [
            "14: 'since' comes from the window; remove its default"
        ]),
        ("default = 5", 'default = "5"', ["16: the default is no integer; write it as its type"]),
        ("default = 5", "default = true", ["16: the default is no integer; write it as its type"]),
        ("default = 5", "default = 5, maximum = 0", ["16: 'maximum' must be a whole number from 1"]),
        ("default = 5", "defualt = 5", ["16: unknown key 'defualt'; did you mean 'default'?"]),
        ('{ type = "integer", default = 5', '{ type = "date", default = "2026-02-30"', [
            '16: the default is no date; write it in quotes, as in "2026-07-01"'
        ]),
        ('{ type = "integer"', '{ type = "json"', [
            "16: 'type' cannot be 'json'; one of: text, integer, decimal, boolean, date, datetime, duration_ms",
            "16: the default is no text; write it in quotes",
        ]),
        ("-- threshold", '-- format = { type = "text", help = "x" }\n-- threshold', [
            "16: --format is an option of every query; rename the parameter"
        ]),
        ("-- threshold", "-- other = 5\n-- threshold", ["16: 'other' must be a table; write other = { ... }"]),
        ('"Flagged because", type = "text"', '"Flagged because", type = "sql"', [
            "21: 'flag_reason' must be of type text"
        ]),
        ('"Flagged because", type = "text"', '"Flagged because", type = "text", bar = true', [
            "21: only an integer can be drawn as a bar; drop 'bar'"
        ]),
        ('"indicator"', '"listing"', ["21: a listing flags nothing; drop 'flag_reason' or change the kind"]),
        ("-- source_ref =", '-- flagged = { label = "x", type = "boolean" }\n-- source_ref =', [
            "22: 'flagged' is added to every result; rename the column"
        ]),
        ("-- ///\nSELECT", "SELECT", [f"23: the header is broken here; {SHAPE}"]),
        ("-- kind", "kind", [f"6: the header is broken here; {SHAPE}"]),
        ("-- /// audit\n", "SELECT 1;\n-- /// audit\n", ["1: text before the header; begin the file with it"]),
        ("-- kind = ", "-- kind : ", ["6: not TOML: Expected '=' after a key in a key/value pair; mend the syntax"]),
    ],
)  # fmt: skip
def test_a_broken_header_is_reported_on_its_line(change: Change, old: str, new: str, expected: list[str]) -> None:
    assert change(old, new) == expected


@pytest.mark.parametrize(("kind", "wrong"), [("listing", True), ("indicator", False)])
def test_only_where_rows_are_flagged_for_a_reason_others_can_be_unjudged(
    change: Change, edit: Edit, kind: str, wrong: bool
) -> None:
    edit(FILE, '"indicator"', f'"{kind}"')
    said = [
        "11: only a query with a reason for each flag leaves rows unjudged; remove it",
        "22: a listing flags nothing; drop 'flag_reason' or change the kind",
    ]
    assert change("-- lookback", '-- unjudged = "sign-ins"\n-- lookback') == (said if wrong else [])


def test_a_whole_default_of_a_decimal_parameter_is_a_decimal(root: Path, edit: Edit) -> None:
    edit(FILE, 'type = "integer", default = 5', 'type = "decimal", default = 5')
    (file,) = read_all(root=root).files
    default = file.query.parameters[-1].default
    assert default == 5.0
    assert isinstance(default, float)


def test_a_parameter_in_a_capabilitys_name_is_filled_with_its_default(change: Change, edit: Edit) -> None:
    edit(FILE, "-- threshold", '-- scope = { type = "text", default = "phi", help = "Which." }\n-- threshold')
    assert change('"sign_in_failures"', '"sign_in_failures", "scope_{scope}"') == []
    assert change('default = "phi"', 'default = "chd"') == [
        "9: unknown capability 'scope_chd'; did you mean 'scope_phi'?"
    ]


def test_remarks_before_the_header_are_no_harm_and_move_its_lines(change: Change, edit: Edit) -> None:
    edit(FILE, "-- /// audit\n", "-- Our own query.\n\n-- /// audit\n")
    assert change("-- version = 1", "-- version = 0") == ["5: 'version' must be a whole number from 1"]


def test_a_second_header_is_refused(change: Change) -> None:
    assert change("\nFROM sign_ins", "\n-- /// audit\n-- id = 1\n-- ///\nFROM sign_ins") == [
        "30: a second header; keep one '-- /// audit' block per file"
    ]


def test_a_header_without_a_statement_is_refused(root: Path) -> None:
    path = root / FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("SELECT")], encoding="utf-8")
    assert read_all(root=root).problems.lines() == [
        f"queries/{FILE}:23: no statement after the header; write one SELECT"
    ]


NO_NAME = "16: only a text without a default names what is asked for; change it"


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ('type = "text", scope_list = "tables"', []),
        ('type = "text", scope_list = "views"', ["16: 'scope_list' cannot be 'views'; one of: tables"]),
        ('type = "integer", scope_list = "tables"', [NO_NAME]),
        ('type = "text", default = "x", scope_list = "tables"', [NO_NAME]),
    ],
)
def test_a_parameter_can_name_what_is_asked_for(change: Change, parameter: str, expected: list[str]) -> None:
    assert change("-- threshold", f'-- table = {{ {parameter}, help = "Which." }}\n-- threshold') == expected
