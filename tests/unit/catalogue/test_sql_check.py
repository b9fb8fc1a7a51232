from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from auditctl.catalogue.functions import FUNCTIONS
from auditctl.catalogue.lint import lint
from auditctl.catalogue.load import read_all

WriteQuery = Callable[..., Path]
Check = Callable[..., list[str]]
FIRST = 13
"""The line on which the statement of a query without additions to its header begins."""


@pytest.fixture
def check(root: Path, write_query: WriteQuery) -> Check:
    """Write a query with this SQL and return what is wrong, each as `line of the file: message`."""

    def run(sql: str, header: str = "", columns: str = "") -> list[str]:
        write_query(sql, header=header, columns=columns)
        reading = read_all(root=root)
        assert reading.problems.lines() == []
        reading.check_sql()
        return [line.removeprefix("queries/data/acts.sql:") for line in reading.problems.lines()]

    return run


def test_a_portable_select_in_total_order_is_accepted(check: Check) -> None:
    assert check("SELECT source_ref FROM events ORDER BY source_ref") == []


def test_with_union_and_nested_reads_are_accepted(check: Check) -> None:
    sql = """WITH both AS (
    SELECT source_ref FROM events
    UNION ALL
    SELECT s.source_ref FROM sign_ins AS s WHERE EXISTS (SELECT 1 FROM events AS e WHERE e.source_ref = s.source_ref)
)
SELECT source_ref FROM both
UNION
SELECT source_ref FROM both
ORDER BY source_ref"""
    assert check(sql, header='denominator = "events"') == [
        f"{FIRST + 4}: 'sign_ins' is read but not declared; add it to 'reads'"
    ]


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        ("row_number() OVER () = 1 QUALIFY true", "QUALIFY; filter in an outer SELECT"),
        ("payload -> '$.a' IS NULL", "->; relations hold the columns; add one to schema.toml"),
        ("payload ->> '$.a' = 'x'", "->>; relations hold the columns; add one to schema.toml"),
        ("json_extract_string(payload, '$.a') = 'x'", "json_extract_string(); relations hold the columns"),
        ("strftime(occurred_at, '%H') = '03'", "strftime(); relations hold the date"),
        ("strptime('2026', '%Y') = occurred_at", "strptime(); relations hold the date"),
        ("epoch_ms(occurred_at) > 0", "epoch_ms(); relations hold the date"),
        ("occurred_at AT TIME ZONE 'UTC' IS NULL", "AT TIME ZONE; times are UTC"),
        ("timezone('UTC', occurred_at) IS NULL", "timezone(); relations hold the date"),
        ("occurred_at < now()", "now(); the answer would change from run to run"),
        ("occurred_at < current_timestamp", "current_timestamp; the answer would change from run to run"),
        ("occurred_at < CURRENT_DATE", "current_date; the answer would change from run to run"),
        ("occurred_at < today()", "today(); the answer would change from run to run"),
        ("source_ref ILIKE 'a%'", "ILIKE; compare lower(...) with LIKE"),
        ("source_ref ~~* 'a%'", "ILIKE; compare lower(...) with LIKE"),
        ("random() < 0.5", "random(); the answer would change from run to run"),
        ("7 / 2 > cost", "/ of what may be two integers"),
        ("length(source_ref) / 2 > cost", "/ of what may be two integers"),
        ("CAST(7 AS BIGINT) / 2 > cost", "/ of what may be two integers"),
        ("7 // 2 > cost", "//; write floor("),
        ("EXISTS (SELECT * FROM events)", "*; name the columns"),
        ("EXISTS (SELECT events.* FROM events)", "*; name the columns"),
        ("EXISTS (SELECT * EXCLUDE (cost) FROM events)", "*; name the columns"),
        ("EXISTS (SELECT * REPLACE (1 AS cost) FROM events)", "*; name the columns"),
        ("EXISTS (SELECT COLUMNS('c.*') FROM events)", "COLUMNS(); name the columns"),
        ("EXISTS (SELECT 1 FROM generate_series(1, 3) AS g)", "generate_series(); it makes rows of its own"),
        ("EXISTS (SELECT 1 FROM range(3) AS g)", "range(); it makes rows of its own"),
        ("EXISTS (SELECT 1 FROM unnest([1, 2]) AS u)", "unnest(); it makes rows of its own"),
        ("EXISTS (SELECT 1 FROM read_csv('/etc/passwd'))", "read_csv(); a query reads relations only"),
        ("EXISTS (SELECT 1 FROM duckdb_settings())", "a table function; a query reads relations only"),
        ("EXISTS (SELECT 1 FROM events ASOF JOIN events AS e ON events.cost >= e.cost)", "ASOF; join on a condition"),
        ("EXISTS (SELECT count(*) FROM events GROUP BY ALL)", "GROUP BY ALL; name the columns"),
        ("EXISTS (SELECT cost FROM events ORDER BY ALL)", "ORDER BY ALL; name the columns"),
        ("EXISTS (SELECT cost FROM events ORDER BY 1)", "a number in ORDER BY; name the column"),
        ("EXISTS (SELECT cost FROM events ORDER BY #1)", "a number in ORDER BY; name the column"),
        ("EXISTS (SELECT cost FROM events TABLESAMPLE 10%)", "TABLESAMPLE; the answer would change"),
    ],
)
def test_what_other_engines_read_differently_is_refused_with_its_line(
    check: Check, construct: str, message: str
) -> None:
    found = check(f"SELECT source_ref\nFROM events\nWHERE\n    {construct}\nORDER BY source_ref")
    assert len(found) == 1
    assert found[0].startswith(f"{FIRST + 3}: refused: {message}")


@pytest.mark.parametrize(
    ("construct", "refused"),
    [
        ("getenv('HOME') IS NULL", "getenv(); the answer would depend on the session"),
        ("current_setting('threads') IS NULL", "current_setting(); the answer"),
        ("pg_typeof(cost) IS NULL", "pg_typeof(); it is not among the functions of a query"),
        ("pi() > cost", "pi(); it is not among"),
        ("current_user IS NULL", "current_user; it is not among"),
        ("source_ref.hash() IS NULL", "hash(); it is not among"),
        ("any_value(cost) OVER () > 1", "any_value(); it is not among"),
        ("source_ref ^@ 'a'", "^@; it is not among"),
        ("EXISTS (SELECT 1 FROM query('SELECT 1'))", "a table function; a query reads relations only"),
        ("EXISTS (SELECT 1 FROM glob('/etc/*'))", "a table function; a query reads relations only"),
        ("EXISTS (SELECT 1 FROM read_text('/etc/passwd'))", "read_text(); a query reads relations only"),
        ("write_log(source_ref) IS NULL", "write_log(); it is not among"),
    ],
)
def test_a_function_that_is_not_on_the_list_is_refused_by_name(check: Check, construct: str, refused: str) -> None:
    (found,) = check(f"SELECT source_ref\nFROM events\nWHERE\n    {construct}\nORDER BY source_ref")
    assert found.startswith(f"{FIRST + 3}: refused: {refused}")


def test_the_list_of_functions_is_that_of_the_page_and_the_engine_has_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs" / "queries.md").read_text(encoding="utf-8")
    for kind, names in FUNCTIONS.items():
        assert f"| {kind} | {' '.join(f'`{name}`' for name in names)} |".replace("`||`", r"`\|\|`") in page
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
    known = {name for (name,) in rows}
    special = {"if", "ifnull", "position"}  # which its parser knows
    assert {name for names in FUNCTIONS.values() for name in names} - known - special == set()


@pytest.mark.parametrize(
    "construct",
    [
        "cost > 1.0 / 3",
        "100.0 * length(source_ref) / 3 > cost",
        "-(1.5 + length(source_ref)) / length(source_ref) > cost",
        "CAST(length(source_ref) AS DOUBLE) / 2 > cost",
        "cost BETWEEN 1 AND 2",
        "(SELECT count(*) FROM events) > 1",
        "source_ref = 'now() -> ILIKE QUALIFY; SELECT *'",
        "cost > 1 -- strftime(now())",
        'cost > (SELECT max("range") FROM (SELECT cost AS "range" FROM events) AS inside)',
        "lower(source_ref) LIKE 'a%'",
        "date_trunc('day', occurred_at) = occurred_at",
        "occurred_at >= occurred_at - INTERVAL 1 HOUR",
    ],
)
def test_what_only_looks_refused_is_accepted(check: Check, construct: str) -> None:
    assert check(f"SELECT source_ref\nFROM events\nWHERE\n    {construct}\nORDER BY source_ref") == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DELETE FROM events", "a query is exactly one SELECT; remove everything else"),
        ("COPY events TO 'x'", "a query is exactly one SELECT; remove everything else"),
        ("ATTACH 'x.db'", "a query is exactly one SELECT; remove everything else"),
        ("SELECT source_ref FROM events ORDER BY source_ref;", "refused: a semicolon; end the file"),
        ("SELEC source_ref", "a query is exactly one SELECT; remove everything else"),
        ("SELECT source_ref FROM events WHERE", "not SQL: "),
        ("SELECT 'x", "not SQL: a text or a comment is never closed"),
        ("SELECT source_ref FROM events", "no ORDER BY; end with ORDER BY ..., source_ref"),
        ("SELECT source_ref FROM events ORDER BY cost", "ORDER BY does not end with the key; end it with source_ref"),
        ("SELECT source_ref FROM events ORDER BY source_ref, cost", "ORDER BY does not end with the key"),
        ("SELECT source_ref FROM events ORDER BY lower(source_ref)", "ORDER BY does not end with the key"),
        ("SELECT source_ref FROM event ORDER BY source_ref", "unknown relation 'event'; did you mean 'events'?"),
        ("SELECT source_ref FROM main.events ORDER BY source_ref", "'main.events' is qualified"),
        ("SELECT source_ref FROM 'x.parquet' ORDER BY source_ref", "unknown relation 'x.parquet'"),
        ("SELECT missing AS source_ref FROM events ORDER BY source_ref", "not SQL that runs: Binder Error"),
        (
            "SELECT source_ref FROM (PIVOT events ON username) ORDER BY source_ref",
            "not SQL that runs: DuckDB reads other than one SELECT",
        ),
        ("SELECT source_ref, cost FROM events ORDER BY source_ref", "the SELECT returns cost, which is not declared"),
        ("SELECT cost FROM events ORDER BY source_ref", "the SELECT does not return source_ref and returns cost"),
        ("SELECT source_ref, source_ref FROM events ORDER BY source_ref", "the SELECT returns a column twice"),
        ("SELECT source_ref FROM events WHERE cost > ? ORDER BY source_ref", "a parameter without a name"),
        ("SELECT source_ref FROM events WHERE cost > $1 ORDER BY source_ref", "a parameter without a name"),
        ("SELECT source_ref FROM events WHERE cost > $cost ORDER BY source_ref", "$cost is not declared"),
        ("WITH events AS (SELECT 1 AS source_ref) SELECT source_ref FROM events ORDER BY source_ref", "WITH 'events'"),
        ("WITH x AS (DELETE FROM events RETURNING cost) SELECT cost FROM x ORDER BY cost", "refused: anything but"),
        ("SELECT source_ref INTO copied FROM events ORDER BY source_ref", "refused: anything but reading"),
    ],
)  # fmt: skip
def test_a_statement_that_is_not_the_one_declared_is_refused(check: Check, sql: str, expected: str) -> None:
    found = check(sql)
    assert any(line.startswith(f"{FIRST}: {expected}") for line in found), found


def test_a_second_statement_is_refused_where_it_stands(check: Check) -> None:
    assert check("SELECT source_ref FROM events ORDER BY source_ref;\nDROP TABLE events") == [
        f"{FIRST + 1}: a query is exactly one SELECT; remove everything else"
    ]


def test_a_select_without_the_word_is_a_star(check: Check) -> None:
    assert f"{FIRST}: refused: *; name the columns" in check("FROM events ORDER BY source_ref")


def test_sql_that_is_nested_beyond_reason_is_refused(check: Check) -> None:
    nested = "(" * 3000 + "cost" + ")" * 3000
    assert check(f"SELECT source_ref FROM events WHERE {nested} > 1 ORDER BY source_ref") == [
        f"{FIRST}: nested too deeply to be checked; write it with WITH"
    ]


def test_the_line_of_broken_sql_is_found_also_where_sqlglot_counts_wrong(check: Check) -> None:
    sql = "SELECT source_ref\nFROM events\nWHERE cost > $a\n    AND cost > $b\nORDER source_ref"
    assert check(sql) == [f"{FIRST + 4}: not SQL: Invalid expression / Unexpected token"]


def test_the_line_is_that_of_the_construct_also_after_letters_of_several_bytes(check: Check) -> None:
    where = "WHERE source_ref <> 'é€𝄞'\n    AND cost > $cost\n    AND 1 / 2 > cost"
    sql = f"SELECT source_ref\nFROM events\n{where}\nORDER BY source_ref"
    assert check(sql) == [
        f"{FIRST + 3}: $cost is not declared; add it to [parameters]",
        f"{FIRST + 4}: refused: / of what may be two integers; write CAST(... AS DOUBLE) / ...",
    ]


def test_a_declared_parameter_must_be_used(check: Check) -> None:
    header = '[parameters]\nlimit_at = { type = "integer", default = 1, help = "Up to." }'
    sql = "-- not here: $limit_at\nSELECT source_ref FROM events WHERE '$limit_at' = '' ORDER BY source_ref"
    assert check(sql, header=header) == ["11: parameter 'limit_at' is never used; use $limit_at or remove it"]


def test_a_declared_relation_must_be_read(check: Check) -> None:
    assert check("SELECT 'a' AS source_ref ORDER BY source_ref") == [
        "8: 'events' is declared but not read; remove it from 'reads'"
    ]


def test_the_window_is_half_open_and_never_between(check: Check) -> None:
    header = (
        '[parameters]\nsince = { type = "datetime", help = "Start." }\nuntil = { type = "datetime", help = "End." }'
    )
    sql = "SELECT source_ref FROM events\nWHERE occurred_at BETWEEN $since AND $until\nORDER BY source_ref"
    assert check(sql, header=header) == ["17: refused: BETWEEN with $since or $until; write >= $since AND < $until"]
    sql = "SELECT source_ref FROM events\nWHERE occurred_at >= $since AND occurred_at < $until\nORDER BY source_ref"
    assert check(sql, header=header) == []


@pytest.mark.parametrize(
    ("declared", "expression", "expected"),
    [
        ("datetime", "CAST(occurred_at AS TIMESTAMPTZ)", "TIMESTAMP WITH TIME ZONE, not datetime; cast to TIMESTAMP"),
        ("datetime", "CAST(occurred_at AS DATE)", "DATE, not datetime; write CAST(... AS TIMESTAMP)"),
        ("integer", "sum(length(source_ref)) OVER ()", "HUGEINT, not integer; write CAST(... AS BIGINT)"),
        ("integer", "cost", "DOUBLE, not integer; write CAST(... AS BIGINT)"),
        ("decimal", "length(source_ref)", "BIGINT, not decimal; write CAST(... AS DOUBLE)"),
        ("text", "NULL", '"NULL", not text; write CAST(... AS VARCHAR)'),
        ("text", "cost", "DOUBLE, not text; write CAST(... AS VARCHAR)"),
        ("boolean", "1", "INTEGER, not boolean; write CAST(... AS BOOLEAN)"),
    ],
)
def test_a_result_type_that_does_not_fit_says_what_to_cast(
    check: Check, declared: str, expression: str, expected: str
) -> None:
    sql = f"SELECT {expression} AS value, source_ref FROM events ORDER BY source_ref"
    assert check(sql, columns=f'value = {{ label = "Value", type = "{declared}" }}') == [
        f"11: column 'value' is {expected}"
    ]


def test_result_types_that_fit_are_accepted(check: Check) -> None:
    columns = "\n".join(
        f'{name} = {{ label = "x", type = "{name}" }}'
        for name in ("date", "datetime", "integer", "duration_ms", "decimal", "boolean", "text", "sql", "json", "url")
    )
    sql = """SELECT
    CAST(occurred_at AS DATE) AS date,
    occurred_at AS datetime,
    1 AS integer,
    count(*) OVER () AS duration_ms,
    cost AS decimal,
    cost > 1 AS boolean,
    'a' AS text,
    'b' AS sql,
    payload AS json,
    'c' AS url,
    source_ref
FROM events
ORDER BY source_ref"""
    assert check(sql, columns=columns) == []


def test_columns_come_in_the_declared_order(check: Check) -> None:
    sql = "SELECT source_ref, cost FROM events ORDER BY source_ref"
    assert check(sql, columns='cost = { label = "Cost", type = "decimal" }') == [
        "14: columns come in another order than declared; write cost, source_ref"
    ]


def test_an_endless_query_is_bound_and_not_run(root: Path, write_query: WriteQuery) -> None:
    write_query(
        "WITH RECURSIVE again AS (SELECT source_ref FROM events UNION ALL SELECT 'x' AS source_ref FROM again)\n"
        "SELECT source_ref FROM again ORDER BY source_ref"
    )
    assert [line for line in lint(root=root) if "acts.sql" in line] == []


WITH = """WITH changed AS (
    SELECT source_ref FROM events WHERE cost > 0
)
SELECT source_ref FROM changed ORDER BY source_ref"""
NOUN = 'denominator_noun = "changes"'


def test_a_denominator_is_a_relation_that_is_read_or_a_with_of_the_query(check: Check) -> None:
    assert check(WITH, header=f'denominator = "changed"\n{NOUN}') == []
    assert check(WITH, header='denominator = "events"') == []
    assert check(WITH, header=f'denominator = "change"\n{NOUN}') == [
        "10: unknown relation or WITH 'change'; did you mean 'changed'?"
    ]


def test_what_the_rows_of_a_with_are_called_has_to_be_said(check: Check) -> None:
    assert check(WITH, header='denominator = "changed"') == [
        "10: say in 'denominator_noun' what its rows are called, in the plural"
    ]


def test_a_denominator_that_no_row_comes_from_is_refused(check: Check) -> None:
    sql = WITH.replace("FROM changed", "FROM events")
    assert check(sql, header=f'denominator = "changed"\n{NOUN}') == [
        "10: 'changed' is counted, but nothing reads it; select the rows from it"
    ]


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        (WITH.replace("\nSELECT", " SELECT"), 3),
        (WITH.replace("    SELECT", "SELECT"), 4),
    ],
)
def test_where_the_select_after_with_begins_must_be_plain(check: Check, sql: str, line: int) -> None:
    assert check(sql, header=f'denominator = "changed"\n{NOUN}') == [
        f"{FIRST + 1 + line}: begin the line with the SELECT after WITH, and with no SELECT before it"
    ]
