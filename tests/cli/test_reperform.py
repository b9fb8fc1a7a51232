"""`auditctl reperform`: the rows of a pack follow from what lies in it, or the command says where they do not."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditctl.population.extract import file_sha256

from .command import CommandLine, Demo, Finished, Pack, contents
from .resealed import change_query, change_report, reseal

README = Path(__file__).parents[2] / "README.md"
PACK_ID = [
    "The pack contradicts itself",
    "  differs: the pack id does not follow from population.json, method/settings.json and the rows",
]
DUCKDB = """\
#!{python}
import csv, sys, duckdb
assert sys.argv[1:] == ["-csv"]
result = duckdb.connect().execute(sys.stdin.read())
rows = csv.writer(sys.stdout, lineterminator="\\n")
rows.writerow([column[0] for column in result.description])
rows.writerows(result.fetchall())
"""


@pytest.fixture
def copy(pack: Pack, tmp_path: Path) -> Path:
    folder = tmp_path / pack.folder.name
    shutil.copytree(pack.folder, folder)
    return folder


def reperform(auditctl: CommandLine, folder: Path, *options: str) -> Finished:
    return auditctl("reperform", str(folder), *options, cwd=folder.parent)


def failed_logins(auditctl: CommandLine, folder: Path, code: int) -> list[str]:
    """Run that query alone and return the lines about it."""
    reseal(folder)
    result = reperform(auditctl, folder, "failed-logins")
    assert (result.code, result.err) == (code, "")
    head, line, *more, last = result.out.splitlines()
    wrong = "  differs: " in result.out.partition("The pack contradicts itself")[0]
    assert (head, last) == ("FINAL  soc2-2026-Q3", f"{int(not wrong)} of 1 query reproduced")
    name, said = line.split("  ", 1)
    assert name == "failed_logins"
    return [said, *more]


def test_every_query_of_the_demo_s_pack_is_reproduced_and_the_pack_left_as_it_is(
    auditctl: CommandLine, pack: Pack
) -> None:
    before = contents(pack.folder)
    result = reperform(auditctl, pack.folder)
    assert (result.code, result.err) == (0, "")
    head, *lines, last = result.out.splitlines()
    assert head == "FINAL  soc2-2026-Q3"
    names = sorted(folder.name for folder in (pack.folder / "evidence").iterdir())
    assert [line.split()[0] for line in lines] == names
    for name, line in zip(names, lines, strict=True):
        rows = len(pack.rows(name))
        assert line.split("  ", 1)[1].strip() == f"reproduced: {rows} row{'s' * (rows != 1)}, same bytes"
    assert last == f"{len(names)} of {len(names)} queries reproduced"
    assert contents(pack.folder) == before


def test_a_pack_of_a_real_superset_is_reproduced(auditctl: CommandLine, tmp_path: Path) -> None:
    options = ("--period", "2026-11", "--with-population", "--out", "out")
    assert auditctl.on_fixture("report", "soc2", "--no-pdf", *options, cwd=tmp_path).code == 0
    (folder,) = (tmp_path / "out").iterdir()
    result = reperform(auditctl, folder)
    assert result.code == 0
    assert result.out.startswith("INTERIM  ")
    queries = len(list((folder / "evidence").iterdir()))
    assert result.out.endswith(f"\n{queries} of {queries} queries reproduced\n")


def test_a_pack_with_tests_that_are_not_applicable_is_reproduced(auditctl: CommandLine, tmp_path: Path) -> None:
    """What management asserts not to be here was not judged: no rows of it are evidence, and none is missed."""
    (tmp_path / "none.toml").write_text(
        "[scope.chd]\nnone = true\nstated_by = 'J. Moreau'\nstated_on = 2026-10-05\nreason = 'No cards here.'\n",
        encoding="utf-8",
    )
    options = (
        "--config",
        "none.toml",
        "report",
        "pci-dss",
        "--no-pdf",
        "--period",
        "2026-11",
        "--with-population",
        "--out",
        "out",
    )
    made = auditctl.on_fixture(*options, cwd=tmp_path)
    assert (made.code, " Not applicable" in made.out) == (0, True)
    (folder,) = (tmp_path / "out").iterdir()
    result = reperform(auditctl, folder)
    assert result.code == 0
    assert not list((folder / "evidence").glob("*.chd"))
    queries = len(list((folder / "evidence").iterdir()))
    assert result.out.endswith(f"\n{queries} of {queries} queries reproduced\n")


def test_a_pack_without_a_population_is_a_mistake_of_the_command_line(auditctl: CommandLine, copy: Path) -> None:
    shutil.rmtree(copy / "population")
    manifest = json.loads((copy / "manifest.json").read_bytes())
    manifest["files"] = [file for file in manifest["files"] if not file["path"].startswith("population/")]
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="ascii")
    reseal(copy)
    result = reperform(auditctl, copy)
    assert (result.code, result.out) == (2, "")
    complaint = "soc2-2026-Q3 holds no population to run its queries on. Ask for a pack made with --with-population"
    assert result.complaints == [f"auditctl: {complaint}"]


def test_a_pack_that_is_not_what_was_issued_is_not_run(auditctl: CommandLine, copy: Path) -> None:
    (copy / "README.txt").write_text("Trust me\n", encoding="utf-8")
    result = reperform(auditctl, copy)
    assert (result.code, result.out) == (5, "")
    assert result.complaints == [f"auditctl: {copy} is not what was issued. auditctl verify says what is wrong"]


def test_a_query_that_the_pack_does_not_have_is_a_mistake_of_the_command_line(
    auditctl: CommandLine, pack: Pack
) -> None:
    result = reperform(auditctl, pack.folder, "failed-logins", "no-such")
    assert (result.code, result.out) == (2, "")
    assert "auditctl: soc2-2026-Q3 has no rows of no_such. It has rows of access_changes, " in result.err


@pytest.mark.parametrize("name", ["rows.csv", "exceptions.csv"])
def test_a_row_that_was_changed_together_with_all_sums_is_named(name: str, auditctl: CommandLine, copy: Path) -> None:
    path = copy / "evidence" / "failed_logins" / name
    header, first, second, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(csv.reader([header])).index("username")
    account = next(csv.reader([second]))[at]
    path.write_text("".join([header, first, second.replace(account, "nobody"), *rest]), encoding="utf-8")
    said = failed_logins(auditctl, copy, 5)
    assert said[:2] == [
        "NOT reproduced",
        f"  differs: {name}, row 2: username is 'nobody' in the pack, '{account}' run again",
    ]
    assert said[2:] == (PACK_ID if name == "rows.csv" else [])


def test_a_row_that_was_left_out_is_named(auditctl: CommandLine, copy: Path, pack: Pack) -> None:
    path = copy / "evidence" / "failed_logins" / "rows.csv"
    *kept, _ = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(kept), encoding="utf-8")
    last = len(pack.rows("failed_logins"))
    assert failed_logins(auditctl, copy, 5)[1:] == [f"  differs: rows.csv, row {last}: not in the pack", *PACK_ID]


def change_relation(folder: Path, name: str, data: pa.Table | bytes) -> None:
    """Replace a relation, and what population.json says of it."""
    path = folder / "population" / f"{name}.parquet"
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        pq.write_table(data, path)
    saved = json.loads((folder / "population" / "population.json").read_bytes())
    saved["relations"][name]["sha256"] = file_sha256(path)
    (folder / "population" / "population.json").write_text(json.dumps(saved), encoding="utf-8")


def test_a_population_that_was_changed_gives_other_rows(auditctl: CommandLine, copy: Path) -> None:
    table = pq.read_table(copy / "population" / "sign_ins.parquet")
    names = pa.array(["nobody"] * table.num_rows)
    change_relation(copy, "sign_ins", table.set_column(table.schema.names.index("username"), "username", names))
    assert failed_logins(auditctl, copy, 5)[1].startswith("  differs: rows.csv, row 1: username is ")


def test_parquet_that_is_none_is_refused_in_one_line(auditctl: CommandLine, copy: Path) -> None:
    change_relation(copy, "sign_ins", b"PAR1 not PAR1")
    reseal(copy)
    result = reperform(auditctl, copy)
    assert (result.code, result.out) == (5, "")
    assert result.complaints == ["auditctl: population/sign_ins.parquet is not Parquet"]


def test_rows_of_a_relation_that_nobody_counted_are_found(auditctl: CommandLine, copy: Path) -> None:
    table = pq.read_table(copy / "population" / "sign_ins.parquet")
    change_relation(copy, "sign_ins", table.slice(1))
    reseal(copy)
    result = reperform(auditctl, copy)
    assert (result.code, result.out) == (5, "")
    rows = table.num_rows
    complaint = f"population/sign_ins.parquet has {rows - 1} rows, and population.json says {rows}"
    assert result.complaints == [f"auditctl: {complaint}"]


def test_evidence_that_was_taken_out_of_the_pack_is_missed(auditctl: CommandLine, copy: Path) -> None:
    """Out of its list of files and its counts as well: the report still speaks of it."""
    shutil.rmtree(copy / "evidence" / "failed_logins")
    manifest = json.loads((copy / "manifest.json").read_bytes())
    manifest["files"] = [file for file in manifest["files"] if "/failed_logins/" not in file["path"]]
    del manifest["evidence"]["failed_logins"]
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="ascii")
    assert failed_logins(auditctl, copy, 5) == [
        "NOT reproduced",
        "  differs: soc2-2026-Q3 has no evidence/failed_logins/query.sql",
        *PACK_ID,
    ]


def outcomes_of(report: Any, query: str) -> list[dict[str, Any]]:
    tests = [test for control in report["controls"] for test in control["tests"]]
    return [test for test in tests if test["evidence"]["folder"] == f"evidence/{query}"]


def test_an_outcome_that_does_not_follow_from_the_rows_is_named(auditctl: CommandLine, copy: Path) -> None:
    report = json.loads((copy / "report.json").read_bytes())
    for test in outcomes_of(report, "failed_logins"):
        assert test["outcome"] == "Items for review"
        test["outcome"] = "No items for review"
    (copy / "report.json").write_text(json.dumps(report), encoding="utf-8")
    said = failed_logins(auditctl, copy, 5)[1:]
    assert said == [
        f"  differs: report.json says No items for review of {test['id']}; run again it is Items for review"
        for test in outcomes_of(report, "failed_logins")
    ]


def test_a_report_that_says_two_things_of_one_query_is_not_believed(auditctl: CommandLine, copy: Path) -> None:
    report = json.loads((copy / "report.json").read_bytes())
    test = outcomes_of(report, "failed_logins")[0]
    report["controls"][0]["tests"].append({**test, "evidence": {**test["evidence"], "rows": 3}})
    (copy / "report.json").write_text(json.dumps(report), encoding="utf-8")
    assert failed_logins(auditctl, copy, 5)[1] == "  differs: report.json says two things of it"


def test_a_key_that_the_report_has_twice_is_not_believed(auditctl: CommandLine, copy: Path) -> None:
    """Of two numbers one reader takes the first and another the last."""
    path = copy / "report.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"rows": ', '"rows": 0, "rows": ', 1), encoding="utf-8")
    reseal(copy)
    result = reperform(auditctl, copy)
    assert (result.code, result.out.count("reproduced")) == (5, 0)
    assert result.complaints == ["auditctl: report.json is no report: ValueError"]


def test_a_threshold_that_is_not_that_of_the_settings_is_named(auditctl: CommandLine, copy: Path) -> None:
    report = json.loads((copy / "report.json").read_bytes())
    parameters = outcomes_of(report, "failed_logins")[0]["evidence"]["parameters"]
    name = next(name for name, value in parameters.items() if isinstance(value, int))
    change_report(copy, "failed_logins", parameters={**parameters, name: 1000})
    difference = f"report.json has another {name} than method/settings.json and query.sql"
    assert failed_logins(auditctl, copy, 5)[1] == f"  differs: {difference}"


def test_settings_that_were_changed_do_not_give_the_pack_id(auditctl: CommandLine, copy: Path) -> None:
    for name in ("report.json", "method/settings.json"):
        text = (copy / name).read_text(encoding="utf-8")
        (copy / name).write_text(text.replace("Example Health", "Another Health"), encoding="utf-8")
    assert failed_logins(auditctl, copy, 5)[1:] == PACK_ID


def test_numbers_that_the_report_has_wrong_are_named(auditctl: CommandLine, copy: Path, pack: Pack) -> None:
    change_report(copy, "failed_logins", rows=1000, flagged=0)
    rows, flagged = len(pack.rows("failed_logins")), len(pack.exceptions("failed_logins"))
    assert failed_logins(auditctl, copy, 5)[1:] == [
        f"  differs: report.json says rows = 1000; run again it is {rows}",
        f"  differs: report.json says flagged = 0; run again it is {flagged}",
    ]


def test_the_pack_s_own_text_is_run_where_the_installed_one_is_another(auditctl: CommandLine, copy: Path) -> None:
    change_query(copy, "failed_logins", "-- version = ", "-- version = 9")
    said, note = failed_logins(auditctl, copy, 0)
    assert said.endswith("same bytes")
    assert re.fullmatch(r"  note: this installation has another text, version (\d+); the pack's, 9\1, was run", note)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("FROM read_csv('/etc/passwd') AS s, sign_ins", "read_csv(); a query reads relations only"),
        ("FROM '/etc/passwd' AS s, sign_ins", "unknown relation"),
        ("FROM duckdb_settings() AS s, sign_ins", "a table function; a query reads relations only"),
        ("FROM information_schema.tables AS s, sign_ins", "is qualified; write the relation's name alone"),
    ],
)
def test_sql_that_would_read_more_than_the_population_is_not_run(
    new: str, why: str, auditctl: CommandLine, copy: Path
) -> None:
    change_query(copy, "failed_logins", "FROM sign_ins", new)
    said, *differences = failed_logins(auditctl, copy, 5)
    assert said == "NOT reproduced"
    assert any(why in difference for difference in differences)
    assert "root:" not in "".join(differences)


@pytest.mark.parametrize("name", ["../../evil", 'a" AS SELECT 1; --'])
def test_a_relation_that_no_release_could_have_written_is_refused(name: str, auditctl: CommandLine, copy: Path) -> None:
    path = copy / "population" / "population.json"
    saved = json.loads(path.read_bytes())
    saved["relations"][name] = saved["relations"].pop("sign_ins")
    path.write_text(json.dumps(saved), encoding="utf-8")
    reseal(copy)
    result = reperform(auditctl, copy)
    assert (result.code, result.out) == (5, "")
    assert result.complaints == ["auditctl: population.json does not have the relations that lie beside it"]


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("report.json", "[" * 100_000, "report.json is no report: RecursionError"),
        ("report.json", "{}", "report.json is no report: KeyError"),
        ("method/settings.json", "[]", "method/settings.json has no settings: TypeError"),
        ("population/population.json", "{}", "population.json is none that a release of auditctl wrote"),
    ],
)
def test_a_part_that_no_release_could_have_written_is_said_in_one_line(
    path: str, text: str, why: str, auditctl: CommandLine, copy: Path
) -> None:
    (copy / path).write_text(text, encoding="utf-8")
    reseal(copy)
    result = reperform(auditctl, copy, "failed-logins")
    assert result.code == 5
    assert why in result.out + result.err
    assert "1 of 1" not in result.out


def test_a_query_that_no_release_could_have_written_is_a_difference(auditctl: CommandLine, copy: Path) -> None:
    for text, why in (("EXECUTE x", "a query is exactly one SELECT"), ("DROP TABLE sign_ins", "no header")):
        path = copy / "evidence" / "failed_logins" / "query.sql"
        header, mark, _ = path.read_text(encoding="utf-8").rpartition("-- ///\n")
        path.write_text(text if why == "no header" else header + mark + text, encoding="utf-8")
        change_report(copy, "failed_logins", query_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        assert why in failed_logins(auditctl, copy, 5)[1]


def test_the_recipe_of_the_readme_gives_the_rows_of_the_pack(copy: Path, pack: Pack, tmp_path: Path) -> None:
    (recipe,) = re.findall(r"(?ms)^```sh\n(cd soc2-2026-Q3\n.*?)^```$", README.read_text(encoding="utf-8"))
    shell = tmp_path / "bin" / "duckdb"
    shell.parent.mkdir()
    shell.write_text(DUCKDB.format(python=sys.executable), encoding="utf-8")
    shell.chmod(0o755)
    environment = {**os.environ, "PATH": f"{shell.parent}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", recipe], cwd=copy.parent, env=environment, check=True)
    with (tmp_path / "failed_logins.csv").open(encoding="utf-8", newline="") as file:
        again = list(csv.DictReader(file))
    rows = pack.rows("failed_logins")
    assert rows
    assert [list(row) for row in again] == [list(row) for row in rows]
    for name in ("source_ref", "username", "flag_reason"):
        assert [row[name] for row in again] == [row[name] for row in rows]
    times = [datetime.fromisoformat(f"{row['occurred_at']}Z") for row in again]
    assert times == [datetime.fromisoformat(row["occurred_at"]) for row in rows]


def test_the_command_that_the_report_prints_gives_the_rows_of_the_pack(
    auditctl: CommandLine, demo: Demo, pack: Pack
) -> None:
    page = html.unescape((pack.folder / "report.html").read_text(encoding="utf-8"))
    for name in ("failed_logins", "statements_outside_list.sensitive"):
        section = page[page.index(f'<span class="code">{name}</span>', page.index('id="queries"')) :]
        (command,) = re.findall(r"<td[^>]*>(auditctl [^<]*)</td>", section)[:1]
        asked = auditctl("--config", demo.settings, *shlex.split(command)[1:], "--format", "csv", cwd=pack.folder)
        assert asked.out.encode() == (pack.folder / "evidence" / name / "rows.csv").read_bytes()


def test_the_counting_statements_of_a_pack_give_the_numbers_beside_them(demo: Demo, pack: Pack) -> None:
    text = (pack.folder / "method" / "count.sql").read_text(encoding="utf-8")
    statements = re.findall(r"(?ms)^-- ([^:\n]+): expect (\d+)(?:, lowest (\d+), highest (\d+))?\n(.*?);$", text)
    assert len(statements) == text.count("SELECT ") > 30
    with closing(sqlite3.connect(f"file:{demo.folder / 'metadata.sqlite'}?mode=ro", uri=True)) as database:
        for name, counted, lowest, highest, sql in statements:
            shown = [str(number) for number in database.execute(sql).fetchone() if number is not None]
            assert shown == [number for number in (counted, lowest, highest) if number], name
