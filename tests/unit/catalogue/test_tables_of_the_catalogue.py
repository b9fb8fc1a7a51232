"""Controls, capabilities and relations: what is refused, and where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from auditctl.catalogue.load import load_catalogue, read_all
from auditctl.catalogue.model import ParameterValue
from auditctl.catalogue.model import Test as Procedure

Edit = Callable[[str, str, str], None]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("controls/soc2.toml", 'id = "soc2"', 'id = "pci-dss"', "3: 'pci-dss' does not fit the file; call it"),
        ("controls/soc2.toml", '"SOC2:CC6.2"', '"CC6.2"', "9: 'CC6.2' needs its framework before it; write as in"),
        ("controls/soc2.toml", '"SOC2:A1.1"', '"SOC2:CC6.2"', "24: 'SOC2:CC6.2' is there twice; keep one"),
        ("controls/soc2.toml", "addressable = true", "addressable = false", "11: a control that is not addressable"),
        ("controls/soc2.toml", "addressable = false", "addressable = true", "26: an addressable control needs a test;"),
        ("controls/soc2.toml", "addressable = false\n", "", "23: 'addressable' is missing; add it"),
        ("controls/soc2.toml", '"failures_again"', '"failures"', "17: test 'failures' is there twice in"),
        ("controls/soc2.toml", '"failed_logins"\nabsence', '"failed_login"\nabsence',
         "19: unknown query 'failed_login'; did you mean 'failed_logins'?"),
        ("controls/soc2.toml", '"finding"', '"findings"', "20: 'absence' cannot be 'findings'; did you mean"),
        ("controls/soc2.toml", "cannot_prove =", 'elsewhere = ["Leavers"]\ncannot_prove =',
         "21: 'Leavers' does not say where from; write as in"),
        ("controls/soc2.toml", "cannot_prove =", "cannot_proof =", "21: unknown key 'cannot_proof'; did you mean"),
        ("controls/soc2.toml", "note =", "tests = 1\nnote =", "27: 'tests' must be tables; write [[...tests]]"),
        ("sign_in/failed_logins.sql", "default = 5, ", "", None),
        ("capabilities.toml", 'tables = ["logs"]', 'tables = ["log"]', "5: unknown table 'log'; did you mean 'logs'?"),
        ("capabilities.toml", '"sign_in_*"', '"LoginApi.*"', "6: no action is called like 'LoginApi.*'"),
        ("capabilities.toml", 'actions = ["sign_in_*"]\n', "", "4: a capability of kind events needs 'actions';"),
        ("capabilities.toml", '"declared"', '"tables"', "12: a capability of kind tables needs 'tables'; name them"),
        ("relations/schema.toml", 'reads = ["events"]', 'reads = ["event"]', "4: unknown relation 'event'"),
        ("relations/schema.toml", 'tables = ["logs"]', 'reads = ["sign_ins"]', "4: relations read each other"),
        ("relations/schema.toml", 'tables = ["logs"]', 'tables = ["lags"]', "13: unknown table 'lags'; did you mean"),
        ("relations/schema.toml", '"decimal"', '"double"', "16: 'type' cannot be 'double'; one of: text, integer"),
        ("relations/schema.toml", '"json", meaning = "What."', '"json"', "17: 'meaning' is missing; add it"),
    ],
)  # fmt: skip
def test_a_broken_table_is_reported_on_its_line(
    root: Path, edit: Edit, file: str, old: str, new: str, expected: str | None
) -> None:
    edit(file, old, new)
    found = read_all(root=root).problems.lines()
    if expected is None:
        message = "'failed_logins' needs a value for 'threshold'; add parameters = { threshold = ... }"
        assert found == [f"queries/controls/soc2.toml:{line}: {message}" for line in (15, 19)]
    else:
        assert any(line.startswith(f"queries/{file}:{expected}") for line in found), found


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("{ treshold = 3 }", "unknown parameter 'treshold'; did you mean 'threshold'?"),
        ('{ threshold = "3" }', "'threshold' must be integer"),
        ("{ threshold = true }", "'threshold' must be integer"),
        ('{ since = "2026-07-01" }', "unknown parameter 'since'"),
        ("3", "'parameters' must be a table"),
    ],
)
def test_a_parameter_that_a_test_sets_must_fit_its_query(parameters: str, said: str, root: Path, edit: Edit) -> None:
    edit("controls/soc2.toml", 'absence = "finding"', f'absence = "finding"\nparameters = {parameters}')
    (line,) = read_all(root=root).problems.lines()
    assert line.startswith(f"queries/controls/soc2.toml:21: {said}")


def test_tests_of_one_query_with_other_parameters_have_evidence_of_their_own(root: Path, edit: Edit) -> None:
    edit("controls/soc2.toml", 'absence = "finding"', 'absence = "finding"\nparameters = { threshold = 3 }')
    framework = load_catalogue(root=root).frameworks["soc2"]
    tests = [test for control in framework.controls for test in control.tests]
    assert [test.evidence for test in tests] == ["failed_logins", "failed_logins.threshold_3"]
    assert tests[1].parameters == {"threshold": 3}


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"account": ""}, "deletions.account"),
        ({"account": "../../Etc/É<b>"}, "deletions.etc_b"),
        ({"account": "x" * 300}, "deletions." + "x" * 40),
        ({"account": "a" * 39, "days": 3}, "deletions." + "a" * 39),  # the cut leaves no dot at the end
        ({"days": 3, "account": "bob"}, "deletions.bob.days_3"),
        ({"share": 0.5}, "deletions.share_0_5"),
    ],
)
def test_evidence_has_a_name_that_can_be_a_folders(parameters: dict[str, ParameterValue], name: str) -> None:
    assert Procedure("t", "Look.", "deletions", parameters=parameters).evidence == name


def test_other_values_that_give_evidence_the_same_name_are_refused(root: Path, edit: Edit) -> None:
    edit("controls/soc2.toml", 'id = "failures"\n', 'id = "failures"\nparameters = { threshold = -3 }\n')
    edit("controls/soc2.toml", 'absence = "finding"', 'absence = "finding"\nparameters = { threshold = 3 }')
    (line,) = read_all(root=root).problems.lines()
    said = "other parameters give the same name, 'failed_logins.threshold_3'; choose others"
    assert line == f"queries/controls/soc2.toml:22: {said}"


def test_a_parameter_of_a_test_gives_the_value_that_has_no_default(root: Path, edit: Edit) -> None:
    edit("sign_in/failed_logins.sql", "default = 5, ", "")
    edit("controls/soc2.toml", 'absence = "finding"', 'absence = "finding"\nparameters = { threshold = 3 }')
    (line,) = read_all(root=root).problems.lines()  # of the other test, which gives none
    assert line.startswith("queries/controls/soc2.toml:15: 'failed_logins' needs a value for 'threshold'")


def test_a_family_may_name_actions_that_a_pattern_covers(root: Path, edit: Edit) -> None:
    edit("capabilities.toml", '"sign_in_*"', '"sign_out", "log/mount_*"')
    assert read_all(root=root).problems.lines() == []


def test_a_relation_is_made_in_duckdb_with_the_declared_types(root: Path) -> None:
    relation = load_catalogue(root=root).relations["events"]
    with duckdb.connect(":memory:") as connection:
        connection.execute(relation.ddl())
        rows = connection.execute("DESCRIBE events").fetchall()
    assert [(row[0], row[1]) for row in rows] == [
        ("occurred_at", "TIMESTAMP"),
        ("cost", "DOUBLE"),
        ("payload", "VARCHAR"),
        ("source_ref", "VARCHAR"),
    ]


def test_the_hash_of_a_relation_is_that_of_its_columns_and_sql(root: Path, edit: Edit) -> None:
    first = load_catalogue(root=root).relations
    edit("relations/schema.toml", "How much.", "How much it was.")
    assert load_catalogue(root=root).relations["events"].sha256 == first["events"].sha256
    (root / "relations/superset/events.sql").write_text("SELECT 1", encoding="utf-8")
    second = load_catalogue(root=root).relations
    assert second["events"].sha256 != first["events"].sha256
    assert second["sign_ins"].sha256 == first["sign_ins"].sha256


def test_no_column_is_named_after_one_policy_of_showing_what_it_holds() -> None:
    shipped = load_catalogue()
    columns = [column for relation in shipped.relations.values() for column in relation.columns]
    columns += [column for query in shipped.queries.values() for column in query.columns]
    names = {column.name for column in columns}
    assert "sql_text" in names
    assert [name for name in names if "redacted" in name] == []
