"""The SQL that the command prints."""

from __future__ import annotations

import pytest
from superset_audit_recorder.cli import main
from superset_audit_recorder.ddl import Month


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(arguments)
    return capsys.readouterr().out


def test_partitions_are_printed_for_each_month_over_the_turn_of_the_year(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "partitions", "--since", "2026-12", "--until", "2027-01")
    assert [line.strip() for line in out.splitlines() if "FOR VALUES" in line] == [
        "FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');",
        "FOR VALUES FROM ('2027-01-01') TO ('2027-02-01');",
    ]
    assert out.count("BEFORE TRUNCATE ON") == 2


def test_two_years_of_partitions_are_begun_with(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "ddl", "--dialect", "postgresql", "--since", "2026-11")
    assert out.count("PARTITION OF logs") == 24
    assert "FROM ('2028-10-01') TO ('2028-11-01')" in out


@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
def test_other_databases_have_no_partitions(capsys: pytest.CaptureFixture[str], dialect: str) -> None:
    assert "PARTITION" not in printed(capsys, "ddl", "--dialect", dialect)


def test_the_roles_get_the_names_that_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "ddl", "--dialect", "postgresql", "--writer", "w1", "--reader", "r1")
    assert "GRANT INSERT ON logs TO w1;" in out
    assert "GRANT SELECT ON logs TO r1;" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ddl", "--dialect", "mysql", "--writer", "x; DROP"], "'x; DROP' is no plain name of a role"),
        (["partitions", "--since", "2026-13"], "'2026-13' is no month: write it as 2027-01"),
        (["partitions", "--since", "2026-05", "--until", "2026-04"], "--until 2026-04 is before --since 2026-05"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_why(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err.splitlines()[-1]


def test_months_are_counted_over_years() -> None:
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert Month(2026, 12).plus(14) == Month(2028, 2)
