"""Files that people give: read as they are meant, or refused with every bad line named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.errors import InputFileError
from auditctl.population.given import read_given
from auditctl.population.inputs import APPROVED_ADMINS, LEAVERS, REVIEWERS, TICKETS, read_people
from auditctl.population.sign_in_file import read_sign_ins
from auditctl.settings import Inputs, Settings

HEADER = "time,username,event_outcome,ip,system\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes, name: str = "given.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def refused(read: Callable[[], object], folder: Path) -> list[str]:
    """Return the problems that reading ends with, without the folder."""
    with pytest.raises(InputFileError) as error:
        read()
    problems = error.value.diagnostics()
    assert not [problem for problem in problems if "\n" in problem]
    return [problem.removeprefix(f"{folder}/") for problem in problems]


# --- Leavers and approved administrators


def test_leavers_are_read_with_their_lines(file: Callable[..., Path]) -> None:
    content = "username,email,left_on\nalice,alice@example.com,2026-07-31\n,bob@example.com,2026-08-15\n"
    table, given_file = read_people(file(content), LEAVERS)
    assert table.to_pylist() == [
        {"line": 2, "username": "alice", "email": "alice@example.com", "left_on": date(2026, 7, 31)},
        {"line": 3, "username": None, "email": "bob@example.com", "left_on": date(2026, 8, 15)},
    ]
    assert (given_file.name, given_file.file, given_file.rows) == ("leavers", "given.csv", 2)
    assert given_file.sha256 == hashlib.sha256(content.encode()).hexdigest()


def test_approved_administrators_are_read_with_who_approved(file: Callable[..., Path]) -> None:
    table, _ = read_people(
        file('username,email,approved_by,approved_on\nadmin,,"Weber, Ute (CISO)",2026-01-02\n'), APPROVED_ADMINS
    )
    assert table.to_pylist() == [
        {
            "line": 2,
            "username": "admin",
            "email": None,
            "approved_by": "Weber, Ute (CISO)",
            "approved_on": date(2026, 1, 2),
        }
    ]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffusername,email,left_on\r\nalice,,2026-07-31\r\n",
        "left_on, email ,username\n2026-07-31 ,, alice \n",
        'username,email,left_on\n\n"alice","","2026-07-31"\n,,\n',
    ],
)
def test_marks_line_ends_order_and_empty_lines_change_nothing(file: Callable[..., Path], content: str) -> None:
    table, given_file = read_people(file(content), LEAVERS)
    assert [(row["username"], row["left_on"]) for row in table.to_pylist()] == [("alice", date(2026, 7, 31))]
    assert given_file.rows == 1


def test_a_file_with_a_header_alone_names_nobody(file: Callable[..., Path]) -> None:
    table, given_file = read_people(file("username,email,left_on\n"), LEAVERS)
    assert (table.num_rows, given_file.rows) == (0, 0)


COLUMNS = "it is username,email,left_on"


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", [f"given.csv:1: the header lacks username, email, left_on; {COLUMNS}"]),
        ("username,email\na,b\n", [f"given.csv:1: the header lacks left_on; {COLUMNS}"]),
        ("username;email;left_on\n", [f"given.csv:1: the header lacks username, email, left_on; {COLUMNS}"]),
        ("username,email,left_on,note\n", [f"given.csv:1: the header has unknown note; {COLUMNS}"]),
        ("username,email,left_on,username\n", [f"given.csv:1: the header has username twice; {COLUMNS}"]),
        (
            "username,email,left_on\nalice,,31.07.2026\n,,2026-07-31\nbob,,\n",
            [
                "given.csv:2: left_on: '31.07.2026' is not a date; write it as 2026-07-31",
                "given.csv:3: neither username nor email; give one of them",
                "given.csv:4: left_on: '' is not a date; write it as 2026-07-31",
            ],
        ),
        (
            "username,email,left_on\nSmith, Al,al@example.com,2026-07-31\nbob,2026-07-31\n",
            [
                "given.csv:2: 3 columns expected; quote values that hold a comma",
                "given.csv:3: 3 columns expected; quote values that hold a comma",
            ],
        ),
        (
            "username,email,left_on\nalice,,2026-07-31\nbob,,2026-07-31\nALICE,,2026-08-31\n",
            ["given.csv:4: alice stands in line 2 already; keep one"],
        ),
        (
            'username,email,left_on\n"alice" x,,2026-07-31\n',
            ["given.csv:2: not CSV: ',' expected after '\"'; mend the quotes"],
        ),
        (
            "username,email,left_on\nal\x1b[2Jice,,never\x07\n",
            [r"given.csv:2: left_on: 'never\u{7}' is not a date; write it as 2026-07-31"],
        ),
    ],
)
def test_every_bad_line_of_the_leavers_is_named(
    file: Callable[..., Path], tmp_path: Path, content: str, problems: list[str]
) -> None:
    assert refused(lambda: read_people(file(content), LEAVERS), tmp_path) == problems


def test_an_approval_without_an_approver_is_refused(file: Callable[..., Path], tmp_path: Path) -> None:
    content = "username,email,approved_by,approved_on\nadmin,, ,2026-02-30\n"
    assert refused(lambda: read_people(file(content), APPROVED_ADMINS), tmp_path) == [
        "given.csv:2: approved_by: it is empty; say who approved",
        "given.csv:2: approved_on: '2026-02-30' is not a date; write it as 2026-07-31",
    ]


def test_a_ticket_needs_three_columns_and_fills_in_what_it_is_for(file: Callable[..., Path]) -> None:
    lines = "CHG-1,Ute Weber,2026-08-03,dashboard:12\nCHG-1,Ute Weber,2026-08-03,chart:3\n"
    table, given_file = read_people(file(f"ticket,approved_by,approved_on,object\n{lines}"), TICKETS)
    assert table.to_pylist()[0] == {
        "line": 2,
        "ticket": "CHG-1",
        "approved_by": "Ute Weber",
        "approved_on": date(2026, 8, 3),
        "username": None,
        "email": None,
        "object": "dashboard:12",
        "valid_from": None,
        "valid_until": None,
    }
    assert (given_file.name, given_file.rows) == ("tickets", 2)


def test_every_bad_line_of_the_tickets_is_named(file: Callable[..., Path], tmp_path: Path) -> None:
    content = (
        "ticket,approved_by,approved_on,username,valid_from,valid_until\n"
        ",,2026-08-03,al,,\n"
        "C,ute,2026-08-03,,,\n"
        "C,ute,2026-08-03,al,2026-08-05,2026-08-04\n"
        "C,ute,,al,soon,\n"
    )
    assert refused(lambda: read_people(file(content), TICKETS), tmp_path) == [
        "given.csv:2: ticket: it is empty; give its number",
        "given.csv:2: approved_by: it is empty; say who approved",
        "given.csv:3: neither username, email nor object; give one of them",
        "given.csv:4: valid_until 2026-08-04 is before valid_from 2026-08-05; mend one of them",
        "given.csv:5: approved_on: '' is not a date; write it as 2026-07-31",
        "given.csv:5: valid_from: 'soon' is not a date; write it as 2026-07-31",
    ]


def test_reviewers_are_read_with_what_they_review(file: Callable[..., Path], tmp_path: Path) -> None:
    table, _ = read_people(file("username,email,reviews\nal,,audit log\n"), REVIEWERS)
    assert [(row["username"], row["reviews"]) for row in table.to_pylist()] == [("al", "audit log")]
    problems = refused(lambda: read_people(file("username,email,reviews\nal,,\n"), REVIEWERS), tmp_path)
    assert problems == ["given.csv:2: reviews: it is empty; say what this person reviews"]


def test_the_first_lines_may_say_of_when_and_from_where_a_file_is(file: Callable[..., Path]) -> None:
    content = (
        "# As of : 2026-10-01\r\n# a remark\n# FROM: Workday: export, J. Doe\nusername,email,left_on\nal,,2026-07-31\n"
    )
    table, given_file = read_people(file(content), LEAVERS)
    assert table["line"].to_pylist() == [5]
    assert (given_file.as_of, given_file.origin) == (date(2026, 10, 1), "Workday: export, J. Doe")


def test_a_file_that_says_nothing_has_no_day_and_no_origin(file: Callable[..., Path]) -> None:
    _, given_file = read_people(file("username,email,left_on\n# as of: 2026-10-01,,2026-07-31\n"), LEAVERS)
    assert (given_file.as_of, given_file.origin, given_file.rows) == (None, "", 1)


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (
            "# from: HR\n# as of: 1.10.2026\nusername,email,left_on\na,,x\n",
            [
                "given.csv:2: as of: '1.10.2026' is not a date; write it as 2026-07-31",
                "given.csv:4: left_on: 'x' is not a date; write it as 2026-07-31",
            ],
        ),
        ("# as of: 2026-10-01\n#As Of: 2026-10-02\n", ["given.csv:2: line 1 says 'as of' already; keep one"]),
        ("# as of: 2026-10-01", [f"given.csv:2: the header lacks username, email, left_on; {COLUMNS}"]),
    ],
)
def test_a_first_line_that_cannot_be_meant_is_named(
    file: Callable[..., Path], tmp_path: Path, content: str, problems: list[str]
) -> None:
    assert refused(lambda: read_people(file(content), LEAVERS), tmp_path) == problems


def test_a_file_that_is_not_utf8_names_its_line(file: Callable[..., Path], tmp_path: Path) -> None:
    content = "username,email,left_on\nzoë,,2026-07-31\n".encode("latin-1")
    assert refused(lambda: read_people(file(content), LEAVERS), tmp_path) == [
        "given.csv:2: not UTF-8; save it as UTF-8"
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    problems = refused(lambda: read_people(tmp_path / "none.csv", LEAVERS), tmp_path)
    assert problems == ["none.csv: cannot be read: no such file or directory; check the path"]


def test_all_files_are_read_before_any_is_complained_of(file: Callable[..., Path], tmp_path: Path) -> None:
    settings = Settings(
        inputs=Inputs(
            leavers=file("who\n", "leavers.csv"),
            approved_admins=tmp_path / "none.csv",
            sign_in_log=file(HEADER + "never,alice,failed,,\n", "sign_ins.csv"),
        )
    )
    problems = refused(lambda: read_given(settings), tmp_path)
    assert [problem.split(":")[0] for problem in problems] == ["leavers.csv", "none.csv", "sign_ins.csv"]


# --- Sign-ins


def sign_ins(path: Path, covers: str | None = None, zone: str = "UTC") -> list[dict[str, Any]]:
    table, _ = read_sign_ins(path, covers, zone)
    rows: list[dict[str, Any]] = table.rows.to_pylist()
    return rows


def test_sign_ins_are_read_as_csv_in_utc(file: Callable[..., Path]) -> None:
    content = HEADER + "2026-07-01T09:30:00+02:00,alice,failed,192.0.2.7,Okta\n2026-07-01T07:31:00Z,bob,Succeeded,,\n"
    assert sign_ins(file(content)) == [
        {
            "line": 2,
            "occurred_at": datetime.fromisoformat("2026-07-01 07:30:00"),
            "username": "alice",
            "event_outcome": "failed",
            "ip": "192.0.2.7",
            "system": "Okta",
        },
        {
            "line": 3,
            "occurred_at": datetime.fromisoformat("2026-07-01 07:31:00"),
            "username": "bob",
            "event_outcome": "succeeded",
            "ip": None,
            "system": None,
        },
    ]


def test_columns_that_an_export_may_lack_are_not_asked_for(file: Callable[..., Path]) -> None:
    (row,) = sign_ins(file("username,time,event_outcome\nalice,2026-07-01T07:30:00Z,refused\n"))
    assert (row["username"], row["event_outcome"], row["ip"]) == ("alice", "refused", None)


def test_sign_ins_are_read_as_json_lines(file: Callable[..., Path]) -> None:
    content = (
        '{"time": "2026-07-01T07:30:00Z", "username": "alice", "event_outcome": "failed", "ip": null, "extra": [1]}\n'
        "\n"
        '{"time": "2026-07-01T07:31:00Z", "username": "line\u2028separator", "event_outcome": "failed"}\r\n'
        '{"time": "2026-07-01T07:32:00Z", "username": 7, "event_outcome": "succeeded"}'
    )
    rows = sign_ins(file(content))
    assert [(row["line"], row["username"]) for row in rows] == [(1, "alice"), (3, "line\u2028separator"), (4, "7")]


def test_what_the_file_covers_stands_in_its_first_line(file: Callable[..., Path]) -> None:
    table, given_file = read_sign_ins(
        file("# Covers: 2026-07-01..2026-10-01\n" + HEADER + "2026-07-01T07:30:00Z,a,failed,,\n"), None, "Europe/Berlin"
    )
    assert table.covers is not None
    # Midnights in Berlin, where it is summer.
    assert table.covers.since == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert table.covers.until == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert table.rows["line"].to_pylist() == [3]
    assert given_file.note == "covers 2026-06-30T22:00Z to 2026-09-30T22:00Z; management's assertion"


def test_a_sign_in_file_may_say_more_than_what_it_covers(file: Callable[..., Path]) -> None:
    content = "# from: Okta\n# covers: 2026-07-01..2026-10-01\n# as of: 2026-10-02\n" + HEADER
    sign_in_file, given_file = read_sign_ins(file(content), None, "UTC")
    assert sign_in_file.covers is not None
    assert (given_file.as_of, given_file.origin) == (date(2026, 10, 2), "Okta")


def test_what_the_option_says_counts_more_than_the_first_line(file: Callable[..., Path]) -> None:
    table, _ = read_sign_ins(file("# covers: 2026-07-01..2026-10-01\n" + HEADER), "2026-08-01..2026-09-01", "UTC")
    assert table.covers is not None
    assert table.covers.since == datetime(2026, 8, 1, tzinfo=UTC)


def test_json_lines_may_declare_what_they_cover(file: Callable[..., Path]) -> None:
    content = (
        '# covers: 2026-07-01..2026-10-01\n{"time": "2026-07-01T07:30:00Z", "username": "a", "event_outcome": "x"}\n'
    )
    with pytest.raises(InputFileError, match=r"given\.csv:2: event_outcome is 'x'"):
        read_sign_ins(file(content), None, "UTC")


def test_a_file_that_declares_nothing_covers_nothing(file: Callable[..., Path]) -> None:
    table, given_file = read_sign_ins(file(HEADER), None, "UTC")
    assert table.covers is None
    assert given_file.note == "covers: undeclared; management's assertion"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2026-07-01 07:30,a,failed,,", "time '2026-07-01 07:30' has no offset; write it as 2026-07-01T09:30:00Z"),
        ("yesterday,a,failed,,", "time is 'yesterday'; write it as 2026-07-01T09:30:00Z"),
        (",a,failed,,", "time is ''; write it as 2026-07-01T09:30:00Z"),
        ("0001-01-01T00:00:00+02:00,a,failed,,", "time is '0001-01-01T00:00:00+02:00': no such time in UTC"),
        ("2026-07-01T07:30:00Z,a,maybe,,", "event_outcome is 'maybe'; give one of succeeded, failed, refused"),
        ("2026-07-01T07:30:00Z, ,failed,,", "username is empty; give the name as it was typed"),
        ("2026-07-01T07:30:00Z,a,failed,1,2,3", "5 columns expected; quote values that hold a comma"),
        ('2026-07-01T07:30:00Z,"a,failed,,', "not CSV: unexpected end of data; mend the quotes"),
    ],
)
def test_a_bad_sign_in_is_named_by_its_line(file: Callable[..., Path], tmp_path: Path, line: str, problem: str) -> None:
    content = f"# covers: 2026-07-01..2026-10-01\n{HEADER}2026-07-01T07:30:00Z,a,failed,,\n{line}\n"
    (found,) = refused(lambda: sign_ins(file(content)), tmp_path)
    assert found.startswith("given.csv:4: ")
    assert problem in found


@pytest.mark.parametrize("line", ["[1]", "{broken", '"text"', "7", '{"username": "\\ud800"}', "[" * 100_000])
def test_a_line_that_is_no_json_object_is_named(file: Callable[..., Path], tmp_path: Path, line: str) -> None:
    good = '{"time": "2026-07-01T07:30:00Z", "username": "a", "event_outcome": "failed"}\n'
    problems = refused(lambda: sign_ins(file(good + line)), tmp_path)
    assert problems == ["given.csv:2: not a JSON object; give one object per line"]


@pytest.mark.parametrize("span", ["2026-10-01..2026-07-01", "Q3", "2026-07-01", "2026-13-01..2026-14-01"])
def test_a_span_that_is_none_is_named_where_it_was_written(
    file: Callable[..., Path], tmp_path: Path, span: str
) -> None:
    (written,) = refused(lambda: sign_ins(file(f"# covers: {span}\n{HEADER}")), tmp_path)
    (given_as_option,) = refused(lambda: sign_ins(file(HEADER), span), tmp_path)
    assert written.startswith("given.csv:1: covers: ")
    assert given_as_option.startswith("given.csv: covers: ")


@given(st.text() | st.binary())
@pytest.mark.parametrize("header", ["", "username,email,left_on\n", HEADER, "{"])
def test_whatever_is_given_is_read_or_refused_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, header: str, content: str | bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    tail = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    path.write_bytes(header.encode() + tail)
    for read in (
        lambda path: read_people(path, LEAVERS),
        lambda path: read_people(path, APPROVED_ADMINS),
        lambda path: read_people(path, TICKETS),
        lambda path: read_sign_ins(path, None, "UTC"),
    ):
        problems = problems_of(read, path)
        assert all(problem.startswith(str(path)) and "\n" not in problem for problem in problems)


def problems_of(read: Callable[[Path], object], path: Path) -> tuple[str, ...]:
    try:
        read(path)
    except InputFileError as error:
        return error.problems or ("refused without a reason",)
    return ()
