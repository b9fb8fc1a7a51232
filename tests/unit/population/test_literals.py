"""SQL that users ran is shown without its literals, or not at all."""

from __future__ import annotations

import hashlib
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.population.literals import TableRef, describe_sql
from auditctl.text import SqlText
from tests.redaction import REDACTION, KnownRedaction, keyed, marker


def plain(shown: str | None) -> str | None:
    """Return what is shown with the hashes of its markers left out: what they are has tests of its own."""
    return shown if shown is None else re.sub(r"<(text|number|date):[0-9a-f]{10}>", r"<\1>", shown)


def shown(sql: str, dialect: str | None = None) -> str | None:
    return plain(describe_sql(sql, dialect, REDACTION).shown)


def tables(sql: str, dialect: str | None = None) -> list[str]:
    return [".".join(filter(None, table)) for table in describe_sql(sql, dialect, REDACTION).tables]


@pytest.mark.parametrize(
    ("dialect", "sql", "redacted"),
    [
        (None, "SELECT id\n  FROM t -- 123-45-6789\nWHERE ssn='123-45-6789'", "SELECT id FROM t WHERE ssn=<text>"),
        ("sqlite", "SELECT a FROM t WHERE b > 40.5 AND c = -3", "SELECT a FROM t WHERE b > <number> AND c = -<number>"),
        ("postgresql", """SELECT "Full Name" FROM "t" /* x */""", 'SELECT "Full Name" FROM "t"'),
        (
            "postgresql",
            "SELECT E'it\\'s', 'it''s', $$x y$$, DATE '1970-01-02'",
            "SELECT <text>, <text>, <text>, DATE <date>",
        ),
        ("postgresql", "SELECT j->'alice'->>'ssn' FROM t", "SELECT j-><text>->><text> FROM t"),
        ("postgresql", "SELECT INTERVAL '1 alice'", "SELECT INTERVAL <text>"),
        (
            "mysql",
            """SELECT a AS 'alice' FROM `t` WHERE b = "bob" # c""",
            "SELECT a AS <text> FROM `t` WHERE b = <text>",
        ),
        ("bigquery", "SELECT r'x', b'y', 0xAB FROM `p-1.d.t`", "SELECT <text>, <text>, <text> FROM `p-1.d.t`"),
        ("oracle", "SELECT q'[it's]' FROM dual", "SELECT <text> FROM dual"),
        ("hive", "SELECT 10L, 5 x FROM t", "SELECT <number>, <number> x FROM t"),
        (None, "SELECT 0xDEADBEEF, 1_234_567", "SELECT <number>, <number>"),
        (None, "SELECT /*+ INDEX(t 'alice') */ a FROM t", "SELECT a FROM t"),
        (
            None,
            "SELECT a FROM t WHERE b IN (1, 2, 3, 4, 5)",
            "SELECT a FROM t WHERE b IN (" + "<number>, " * 4 + "<number>)",
        ),
        (None, "SELECT a FROM t WHERE b IN ('1', -2, 3, 4, 5, 6)", "SELECT a FROM t WHERE b IN (… 6 values)"),
        ("mysql", "SELECT a FROM t LIMIT 5, 10", "SELECT a FROM t LIMIT 5, 10"),
        ("trino", "SELECT a FROM t OFFSET 7 LIMIT 100", "SELECT a FROM t OFFSET 7 LIMIT 100"),
        ("mssql", "SELECT TOP (3) a FROM [my t] WHERE b = N'x'", "SELECT TOP (3) a FROM [my t] WHERE b = <text>"),
        ("oracle", "SELECT a FROM t FETCH FIRST 9 ROWS ONLY", "SELECT a FROM t FETCH FIRST 9 ROWS ONLY"),
        (None, "SELECT 1;;\n-- done\nDELETE FROM t;", "SELECT <number>; DELETE FROM t"),
        ("postgresql", "explain (analyze) select 'x' from t", "explain (analyze) select <text> from t"),
        ("postgresql", "SHOW search_path", "SHOW search_path"),
        ("mysql", "SET PASSWORD FOR bob = 'x'", "SET PASSWORD FOR bob = <text>"),
        (None, "", ""),
    ],
)
def test_sql_is_shown_without_its_literals(dialect: str | None, sql: str, redacted: str) -> None:
    facts = describe_sql(sql, dialect, REDACTION)
    assert (plain(facts.shown), facts.parsed, facts.reason) == (redacted, True, None)


@pytest.mark.parametrize("dialect", ["sqlite", None, "no-such-database"])
def test_a_double_quoted_word_in_the_place_of_a_value_may_be_a_string(dialect: str | None) -> None:
    where = """n = "Alice" AND m IN ("Bob", "Eve") AND t."q" = "t"."r" AND d BETWEEN "x" AND "y" OR "b" """
    expected = 'n = <text> AND m IN (<text>, <text>) AND t."q" = "t"."r" AND d BETWEEN <text> AND <text> OR "b"'
    assert shown(f'SELECT "a" FROM "T" WHERE {where}', dialect) == f'SELECT "a" FROM "T" WHERE {expected}'
    assert shown('INSERT INTO t VALUES ("Al"), ("Bo")', dialect) == "INSERT INTO t VALUES (<text>), (<text>)"
    assert shown('SELECT a FROM t WHERE n = "Alice"', "postgresql") == 'SELECT a FROM t WHERE n = "Alice"'


@pytest.mark.parametrize(
    ("dialect", "sql", "kind"),
    [
        (None, "WITH a AS (SELECT 1) SELECT * FROM a", "SELECT"),
        (None, "VALUES (1)", "SELECT"),
        (None, "(SELECT 1) UNION SELECT 2", "SELECT"),
        (None, "INSERT INTO t SELECT 1", "INSERT"),
        (None, "UPDATE t SET a = 1", "UPDATE"),
        (None, "DELETE FROM t", "DELETE"),
        ("snowflake", "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "MERGE"),
        (None, "CREATE TABLE t AS SELECT 1", "CREATE"),
        ("postgresql", "SELECT * INTO t FROM s", "CREATE"),
        (None, "DROP TABLE t", "DROP"),
        (None, "ALTER TABLE t DROP COLUMN a", "ALTER"),
        (None, "TRUNCATE TABLE t", "TRUNCATE"),
        (None, "GRANT SELECT ON t TO bob", "GRANT"),
        (None, "REVOKE SELECT ON t FROM bob", "GRANT"),
        ("mysql", "EXPLAIN SELECT 1", "EXPLAIN"),
        ("postgresql", "EXPLAIN DELETE FROM t", "EXPLAIN"),
        ("postgresql", "EXPLAIN ANALYZE DELETE FROM t", "DELETE"),
        ("mysql", "EXPLAIN ANALYZE DELETE FROM t", "DELETE"),
        ("mysql", "SHOW TABLES LIKE 'x'", "SHOW"),
        (None, "DESCRIBE t", "SHOW"),
        (None, "SET a = 1", "SET"),
        (None, "USE s", "SET"),
        (None, "COMMIT", "OTHER"),
        ("postgresql", "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "DELETE"),
        (None, "SELECT 1; INSERT INTO t VALUES (1); SET a = 1", "INSERT"),
        (None, "SET a = 1; SELECT 1", "SET"),
        (None, "CREATE TABLE t (a INT); UPDATE t SET a = 1", "UPDATE"),
        (None, "UPDATE t SET a = 1; DROP TABLE t", "DROP"),
        ("postgresql", "ALTER USER bob SUPERUSER PASSWORD 'x'", "ALTER"),
        ("mysql", "REPLACE INTO t VALUES (1)", "INSERT"),
        (None, "DELETE FORM t WHERE ((", "DELETE"),
    ],
)
def test_the_kind_is_the_most_consequential_of_the_statements(dialect: str | None, sql: str, kind: str) -> None:
    assert describe_sql(sql, dialect, REDACTION).kind == kind


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        (
            None,
            "SELECT * FROM b JOIN a USING (x) WHERE EXISTS (SELECT 1 FROM s.c) AND y IN (SELECT y FROM b)",
            "b a s.c",
        ),
        ("trino", "SELECT (SELECT max(x) FROM m) FROM cat.s.t", "m cat.s.t"),
        (None, "WITH c AS (SELECT * FROM t) SELECT * FROM c JOIN s.c ON 1 = 1", "t s.c"),
        (None, "WITH t AS (SELECT * FROM t), u AS (SELECT * FROM T) SELECT * FROM u", "t"),
        (None, "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", "b"),
        ("postgresql", "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r", ""),
        (None, "SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c) AS x JOIN c ON 1 = 1", "c"),
        (None, "INSERT INTO t (a) SELECT a FROM u UNION SELECT a FROM v", "t u v"),
        (None, "CREATE TABLE t (a INT REFERENCES u (a))", "t u"),
        (None, "CREATE VIEW v AS SELECT * FROM t", "v t"),
        ("postgresql", "DROP TABLE a, s.b", "a s.b"),
        ("mysql", "DELETE x FROM t AS x JOIN u ON x.a = u.a", "t u"),
        ("mssql", "UPDATE x SET a = 1 FROM t AS x", "t"),
        ("mssql", "SELECT * FROM srv.db.dbo.t", "srv.db.dbo.t"),
        ("postgresql", "SELECT * FROM generate_series(1, 2) AS g, unnest(ARRAY[1]) AS u", ""),
        ("postgresql", "DROP FUNCTION f", ""),
        (None, "CREATE SCHEMA s", ""),
        (None, "USE s", ""),
        ("postgresql", "EXPLAIN ANALYZE SELECT * FROM t", "t"),
        ("bigquery", "SELECT * FROM `p-1.d.t`", "p-1.d.t"),
        (None, "SELECT * FROM a; SELECT * FROM b; SELECT * FROM a", "a b"),
    ],
)
def test_the_tables_are_the_real_ones_in_order_of_appearance(dialect: str | None, sql: str, expected: str) -> None:
    assert " ".join(tables(sql, dialect)) == expected


def test_a_table_keeps_catalogue_and_schema_apart() -> None:
    assert describe_sql("SELECT * FROM `p-1.d.t`", "bigquery", REDACTION).tables == (TableRef("p-1", "d", "t"),)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgresql", "SELECT 'alice' FROM WHERE"),
        ("postgresql", "SELECT 'alice"),
        (None, "alice is ill"),
        (None, "SELECT $$alice smith$$"),
        (None, "SET x = $$alice smith$$"),
        (None, "SHOW $$alice smith$$"),
        ("mysql", "SELECT 1 /*! , 'alice' */"),
        ("postgresql", "CALL heal('alice')"),
        ("postgresql", "ALTER USER bob PASSWORD 'alice'"),
        ("postgresql", "EXPLAIN EXPLAIN SELECT 'alice'"),
        (None, "SELECT 1; SELECT 'alice' FROM WHERE"),
        (None, "SELECT \ud800 'alice'"),
    ],
)
def test_what_is_not_understood_is_never_shown(dialect: str | None, sql: str) -> None:
    facts = describe_sql(sql, dialect, REDACTION)
    assert (facts.shown, facts.parsed) == (None, False)
    assert facts.reason is not None
    assert facts.reason.startswith("not understood")
    assert "alice" not in facts.reason


def test_tables_of_the_statements_that_were_understood_are_kept() -> None:
    facts = describe_sql("SELECT * FROM patients; SELECT FROM WHERE", None, REDACTION)
    assert (facts.parsed, facts.tables) == (False, (TableRef(None, None, "patients"),))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT '" + "a" * 100_000 + "'", "too large to read: 100009 characters, at most 100000"),
        (";" * 60_000, "too large to read: 60000 tokens, at most 50000"),
        ("SELECT " + "(" * 31 + "1" + ")" * 31, "nested too deeply to read"),
        ("(" * 40_000, "nested too deeply to read"),
        ("SELECT " + "NOT " * 5_000 + "1", "nested too deeply to read"),
    ],
)
def test_what_is_too_large_or_too_deep_is_given_up_quickly(sql: str, reason: str) -> None:
    facts = describe_sql(sql, None, REDACTION)
    assert (facts.shown, facts.parsed, facts.reason) == (None, False, reason)


def test_thirty_levels_are_read() -> None:
    assert shown("SELECT " + "(" * 30 + "1" + ")" * 30) == "SELECT " + "(" * 30 + "<number>" + ")" * 30


def test_the_hash_is_of_the_text_as_given() -> None:
    full = KnownRedaction(SqlText.FULL)
    assert describe_sql("SELECT  'é'", None, full).digest == hashlib.sha256(b"SELECT  '\xc3\xa9'").hexdigest()
    assert describe_sql("\ud800", None, full).digest == hashlib.sha256(b"\xed\xa0\x80").hexdigest()
    assert describe_sql("SELECT  'é'", None, REDACTION).digest == keyed("sql", "SELECT  'é'")


def test_equal_literals_have_equal_markers_and_another_key_gives_others() -> None:
    sql = "SELECT 'E11', 'E10', 40.50, 0xAB FROM t WHERE a = 'E11' AND b = 40.5 AND d >= '2026-07-01'"
    e11, number, hexadecimal = marker("text", "E11"), marker("number", "40.5"), marker("number", "0xab")
    day, other = marker("date", "2026-07-01"), marker("text", "E10")
    expected = f"SELECT {e11}, {other}, {number}, {hexadecimal} FROM t WHERE a = {e11} AND b = {number} AND d >= {day}"
    assert describe_sql(sql, None, REDACTION).shown == expected
    assert e11 != other
    secret = bytes(32)
    theirs = describe_sql("SELECT 'E11'", None, KnownRedaction(secret=secret)).shown
    assert theirs == f"SELECT {marker('text', 'E11', secret)}" != f"SELECT {e11}"


def test_as_hash_a_statement_is_one_marker_with_its_kind_and_tables() -> None:
    facts = describe_sql("DELETE FROM t WHERE a = 'E11'", None, KnownRedaction(SqlText.HASH))
    assert facts.shown == marker("sql", "DELETE FROM t WHERE a = 'E11'")
    assert (facts.kind, facts.tables) == ("DELETE", (TableRef(None, None, "t"),))
    assert describe_sql("SELECT FROM WHERE", None, KnownRedaction(SqlText.HASH)).shown is None


def test_in_full_every_text_is_shown_also_one_that_was_not_understood() -> None:
    for sql in ("SELECT  'E11' -- why", "SELECT 'E11' FROM WHERE"):
        assert describe_sql(sql, None, KnownRedaction(SqlText.FULL)).shown == sql


def test_the_parser_says_nothing_on_stderr_or_in_the_log(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        describe_sql("CALL heal('alice')", "postgresql", REDACTION)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


TEMPLATES = (
    "SELECT * FROM t WHERE a = {0} AND b IN ({1}, {2}) AND c LIKE {3}",
    "SELECT CASE WHEN a > {0} THEN {1} ELSE {2} END AS x FROM t ORDER BY coalesce(a, {3})",
    "INSERT INTO t (a, b) VALUES ({0}, {1}), ({2}, {3})",
    "UPDATE t SET a = {0}, b = {1} WHERE c BETWEEN {2} AND {3}",
    "WITH c AS (SELECT {0} AS x) SELECT f({1}, g({2})) FROM c WHERE x IN ({3}, {3}, {3}, {3}, {3}, {3}) LIMIT 10",
    "DELETE FROM t WHERE a = {0} OR NOT b = {1}; SELECT {2}, {3}",
)
BACKSLASH_IS_PLAIN = ["postgresql", "sqlite", "oracle", "mssql", "trino", "duckdb", None]
BACKSLASH_ESCAPES = ["mysql", "bigquery", "databricks", "snowflake", "clickhousedb"]

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(lambda tail: f"Zq7{tail}")
numbers = st.integers(10_000, 10**18).map(str) | st.decimals(10_000, 10**9, places=3).map(str)


@given(
    st.sampled_from(TEMPLATES), st.sampled_from(BACKSLASH_IS_PLAIN), st.lists(texts | numbers, min_size=4, max_size=4)
)
def test_no_literal_survives_where_a_backslash_is_plain(template: str, dialect: str | None, values: list[str]) -> None:
    literals = [value if value[0].isdigit() else "'" + value.replace("'", "''") + "'" for value in values]
    check_none_survives(template.format(*literals), dialect, values)


@given(
    st.sampled_from(TEMPLATES), st.sampled_from(BACKSLASH_ESCAPES), st.lists(texts | numbers, min_size=4, max_size=4)
)
def test_no_literal_survives_where_a_backslash_escapes(template: str, dialect: str, values: list[str]) -> None:
    literals = [value if value[0].isdigit() else "'" + re.sub(r"(['\\])", r"\\\1", value) + "'" for value in values]
    check_none_survives(template.format(*literals), dialect, values)


def check_none_survives(sql: str, dialect: str | None, values: list[str]) -> None:
    facts = describe_sql(sql, dialect, REDACTION)
    if "/*!" not in sql:
        assert facts.parsed, facts.reason
        assert facts.shown is not None
        assert not [value for value in values if value in facts.shown]
        assert "Zq7" not in facts.shown


@given(
    st.text(max_size=60) | st.lists(st.sampled_from([*" ".join(TEMPLATES).split(), "'", '"', ";", "--"])).map(" ".join)
)
def test_hostile_text_never_raises_and_is_shown_only_when_understood(text: str) -> None:
    for dialect in ("postgresql", "mysql", "mssql", None):
        facts = describe_sql(text, dialect, REDACTION)
        assert facts.parsed == (facts.shown is not None) == (facts.reason is None)
