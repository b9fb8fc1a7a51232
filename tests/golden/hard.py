"""One result set with everything that breaks an output, and one report that holds it, all made up by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.assess.model import ControlResult, Outcome, Word
from auditctl.catalogue.action_rules import ActionRule
from auditctl.catalogue.model import (
    Column,
    ColumnType,
    Control,
    Framework,
    Kind,
    Parameter,
    ParameterValue,
    Query,
    RelationSpec,
    Test,
    Time,
)
from auditctl.period import Period
from auditctl.population.model import (
    Capability,
    Coverage,
    Gap,
    Held,
    InputFile,
    Population,
    RelationFile,
    TableExtract,
)
from auditctl.population.waivers import Waiver
from auditctl.render.contents import ListedFile, PackContents
from auditctl.run.dictionary import RedactedTexts, SeenAction
from auditctl.run.evidence import Evidence, References, Rows, Totals, Unmet
from auditctl.source.interface import ReadPoint, Role, SourceFacts

SINCE = datetime(2026, 7, 1, tzinfo=UTC)
RECORDED = datetime(2026, 8, 15, 6, tzinfo=UTC)
UNTIL = datetime(2026, 10, 1, tzinfo=UTC)
READ_AT = datetime(2026, 10, 2, 8, 30, tzinfo=UTC)
GAP = Gap(SINCE, RECORDED)
LONG_WORD = "x" * 10_000
USER_LOGIN = ActionRule(
    "UserLogin", "sign_in", "sign_in", "account", "pk", "recorder", "", "succeeded", "the recorder", "", "",
    "Somebody signed in, as <recorder> says.",
)  # fmt: skip
SIGN_INS = RelationSpec(
    "sign_ins",
    "One row per sign-in, of the log or of <a file>.",
    ("logs",),
    (),
    (Column("username", "Name that was typed.", ColumnType.TEXT),),
    "SELECT username FROM raw.logs",
    "5c" * 32,
)

HARD_COLUMNS = (
    Column("occurred_at", "Time (UTC)", ColumnType.DATETIME),
    Column("username", "Account", ColumnType.TEXT),
    Column("object_name", "Object", ColumnType.TEXT),
    Column("row_count", "Rows read", ColumnType.INTEGER),
    Column("duration_ms", "Took", ColumnType.DURATION_MS),
    Column("share", "Share", ColumnType.DECIMAL),
    Column("is_admin", "Admin", ColumnType.BOOLEAN),
    Column("local_date", "Date", ColumnType.DATE),
    Column("statement", "Statement", ColumnType.SQL),
    Column("flag_reason", "Flagged because", ColumnType.TEXT),
    Column("source_ref", "Row", ColumnType.TEXT),
)
_AT = datetime(2026, 7, 1, 9, 30, 5, 123456)  # noqa: DTZ001 (results are naive UTC)
_SQL = "SELECT name, born_on FROM patients WHERE ward = '<redacted>'"
_REASON = "Five failed sign-ins within ten minutes, then a sign-in"
HARD_ROWS = (
    (_AT, "alice", "Ward census", 12, 1114, 0.5, True, date(2026, 7, 1), _SQL, _REASON, "logs:138"),
    (_AT, "", 'He said "no", and left', 9_223_372_036_854_775_807, 0, 1 / 3, False, None, None, None, "logs:24-29"),
    (None, None, None, None, None, None, None, None, None, "No account", "logs:139"),
    (_AT, "管理者", "two\nlines\tand a tab", -1, 86_400_000, -2.0, True, date(2024, 2, 29), "a\\b", "=1+1", "logs:140"),
    (
        _AT,
        "\u202emoc.live\u202c",
        "שלום مرحبا",
        0,
        7,
        0.0,
        False,
        None,
        "\x1b[31mred\x1b]0;owned\x07",
        None,
        "logs:141",
    ),
    (
        _AT,
        "<script>alert(1)</script>",
        "{{ 7 * 7 }} & Zoë 🦉",
        5,
        7,
        1.0,
        False,
        None,
        LONG_WORD,
        LONG_WORD,
        "logs:142",
    ),
    (_AT, "a\x00b\u200b", "e\u0301" + "\u0301" * 5, 5, 7, float("inf"), False, None, "  ", "@SUM(A1)", "query:7"),
    (
        _AT,
        "alice.liddell.of.the.longest.name@subsidiary.example.org",
        LONG_WORD,
        5,
        7,
        9.999,
        None,
        None,
        _SQL,
        None,
        "q",
    ),
)
_ARROW = {
    ColumnType.DATETIME: pa.timestamp("us"),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DURATION_MS: pa.int64(),
    ColumnType.DECIMAL: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
}


def write_rows(path: Path, columns: tuple[Column, ...], rows: tuple[tuple[object, ...], ...]) -> Rows:
    """Write rows as `run` does: the declared columns, then `flagged`, true where there is a reason."""
    names = [column.name for column in columns]
    reason = names.index("flag_reason") if "flag_reason" in names else None
    arrays = {
        column.name: pa.array([row[at] for row in rows], _ARROW.get(column.type, pa.string()))
        for at, column in enumerate(columns)
    }
    arrays["flagged"] = pa.array([reason is not None and row[reason] is not None for row in rows], pa.bool_())
    pq.write_table(pa.table(arrays), path)
    return Rows(columns, path)


def hard_rows(folder: Path) -> Rows:
    """Return the hard result set; five of its eight rows are flagged."""
    return write_rows(folder / "hard.parquet", HARD_COLUMNS, HARD_ROWS)


def query(name: str, kind: Kind, columns: tuple[Column, ...], time: Time = Time.PERIOD) -> Query:
    """Return a query as the catalogue would hold it."""
    return Query(
        id=name,
        version=2,
        title=name.replace("_", " ").capitalize(),
        purpose="Every row that a reviewer has to follow up.",
        kind=kind,
        time=time,
        reads=("sign_ins",),
        requires=("sign_in_failures",),
        fallback=None,
        denominator="sign_ins",
        noun="sign-ins",
        unjudged="",
        lookback=None,
        key=("source_ref",),
        parameters=(Parameter("threshold", ColumnType.INTEGER, "How many.", 5),),
        columns=columns,
        sql="SELECT occurred_at, source_ref\nFROM sign_ins\n\tWHERE occurred_at >= $since AND reason <> '<none>'\n",
        text="",
        sha256="a1" * 32,
        path=Path(f"queries/access/{name}.sql"),
        area="access",
    )


WAIVER = Waiver(4, "failed_logins", "logs:142", "Known: <i>see</i> RISK-7 \x1b", "CISO", date(2026, 12, 31))
OLD_FILE = "The leavers file is as of 2026-09-01, 30 days before the period's end."


def hard_contents(folder: Path) -> PackContents:
    """Return a report over the hard result set: every outcome, a half-held quarter, nothing and everything missing."""
    rows = hard_rows(folder)
    unmet = Unmet(
        "sign_in_failures",
        "Failed sign-ins",
        "partial",
        (GAP,),
        "Superset 6.1.0 writes no row for a failed sign-in.",
        "Install the recorder, or bring the identity provider's sign-in report for the same dates.",
        RECORDED,
    )
    listing_columns = tuple(column for column in HARD_COLUMNS if column.name != "flag_reason")
    listed = tuple(
        (*row[:1], f"user-{number:02}", *row[2:9], f"logs:{number}") for number, row in enumerate((HARD_ROWS[0],) * 14)
    )
    listing = write_rows(folder / "listing.parquet", listing_columns, listed)
    clean = write_rows(folder / "clean.parquet", HARD_COLUMNS, ())
    parameters: dict[str, ParameterValue | datetime] = {
        "since": SINCE.replace(tzinfo=None),
        "until": UNTIL.replace(tzinfo=None),
        "threshold": 5,
    }
    evidence = {
        "failed_logins": Evidence(
            "failed_logins", query("failed_logins", Kind.INDICATOR, HARD_COLUMNS),
            parameters, HARD_COLUMNS, rows.path, 8, 5, 4310,
            (unmet,), "b2" * 32, READ_AT,
            totals=Totals(
                8, (References("logs", 7, 138, 900),), HARD_COLUMNS[0], _AT, _AT,
                {date(2026, 7, 1): 6, date(2026, 9, 30): 2}, 3,
            ),
        ),
        "access_listing": Evidence(
            "access_listing", query("access_listing", Kind.LISTING, listing_columns, Time.AS_OF),
            {}, listing_columns, listing.path, 14,
            0, None, (), "c3" * 32, READ_AT,
        ),
        "leavers_active": Evidence(
            "leavers_active", query("leavers_active", Kind.DEVIATION, HARD_COLUMNS),
            parameters, HARD_COLUMNS, clean.path, 0, 0, 212, (),
            "d4" * 32, READ_AT,
        ),
    }  # fmt: skip
    held = Coverage("yes", ())
    part = Coverage("partial", (GAP,))
    tests = (
        Test(
            "bursts",
            "Find accounts with repeated failed sign-ins and read what followed.",
            "failed_logins",
            cannot_prove=("That the person at the keyboard was the owner of the account.",),
            elsewhere=("The identity provider's sign-in report, for the same dates",),
        ),
        Test("listing", "List the accounts with their roles.", "access_listing"),
        Test("leavers", "Match the leavers file with active accounts.", "leavers_active"),
        Test("broken", "Compare the grants with the approved list.", "leavers_active"),
    )
    outcomes = (
        Outcome(
            tests[0], Word.EXCEPTIONS, "5 of 8 rows need an explanation; <b>alice</b> failed five times.",
            evidence["failed_logins"], part, ("threshold is 3, not 5 as shipped.",),
            waivers=(WAIVER,), accepted=1,
        ),
        Outcome(tests[1], Word.LISTED, "14 rows listed, nothing tested.", evidence["access_listing"], held),
        Outcome(
            tests[2], Word.NO_EXCEPTIONS, "No leaver among 212 accounts.", evidence["leavers_active"], held,
            proof=("Rows of the audit log: held since 2026-01-01 08:00, from the first row of its family",),
            input_notes=(OLD_FILE,),
        ),
        Outcome(tests[3], Word.ERROR, "The query did not run: out of memory.", None, held),
    )  # fmt: skip
    control = Control("SOC2:CC6.1", "Access is restricted to those who may have it", True, tests, "", ("AC-01", "<i>2"))
    quiet = Control("SOC2:CC8.1", "Changes are authorised and made as authorised", True, tests[2:3], "Agree the scope.")
    absent = Control("SOC2:A1.1", "Capacity is watched", False, (), "For change management see CC8.1.", ("CAP-3",))
    results = (
        ControlResult(
            control,
            Word.ERROR,
            {Word.ERROR: 1, Word.EXCEPTIONS: 1, Word.NO_EXCEPTIONS: 1, Word.LISTED: 1},
            "Error: 1 of 4 tests; 1 Exceptions noted; 1 No exceptions noted; 1 Listed",
            outcomes,
        ),
        ControlResult(quiet, Word.NO_EXCEPTIONS, {Word.NO_EXCEPTIONS: 1}, "No exceptions noted", outcomes[2:3]),
    )
    framework = Framework("soc2", "SOC 2", "criterion", "TSP 100, 2017", (control, quiet, absent), Path("x"), "e5" * 32)
    return PackContents(
        name="soc2-2026-Q3.INTERIM",
        pack_id="f6" * 32,
        status="INTERIM",
        status_reasons=("The period had not settled at the read point.",),
        framework=framework,
        period=Period("2026-Q3", SINCE, UNTIL, "Europe/Berlin"),
        cut_off=UNTIL,
        generated_at=datetime(2026, 10, 2, 8, 31, 2, tzinfo=UTC),
        population=_population(folder),
        results=results,
        not_addressed=(absent,),
        evidence=evidence,
        relations={"sign_ins": SIGN_INS},
        actions=(SeenAction("<new> action\x1b", 2, None), SeenAction("UserLogin", 4310, USER_LOGIN)),
        redacted_texts=RedactedTexts(12, 1, 30),
        files=(
            ListedFile("README.txt", 2149, "6d" * 32),
            ListedFile("evidence/failed_logins/query.sql", 1206, "7e" * 32),
            ListedFile("evidence/failed_logins/rows.csv", 1_048_576, "8f" * 32),
        ),
        settings={
            "report": {
                "organisation": "Example Health & Söhne",
                "system": "Superset, production",
                "zone": "Europe/Berlin",
            },
            "scope": {"phi": {"tables": ["main.patients", "visits"], "permitted": []}},
            "thresholds": {"failed_logins": {"threshold": 3}},
        },
        catalogue_sha256="07" * 32,
        tool="auditctl 0.1.0",
        generated_by="clerk@audit-host",
        input_notes=(OLD_FILE,),
    )


def _population(folder: Path) -> Population:
    source = SourceFacts(
        source_id="sqlite-3f9a",
        alias="main",
        dialect="sqlite",
        server_version="SQLite 3.45.1",
        superset_version="6.1.0",
        profile="superset",
        read_point=ReadPoint("sqlite", "change counter 4711", READ_AT),
        tables={"logs": ("id", "action")},
        role=Role("auditor", ("may write the file",)),
        clock_skew=None,
        zone=None,
    )
    tables = tuple(
        TableExtract(
            "sqlite-3f9a", name, rows, rows, 0, digest * 32, 1, rows, first, UNTIL if first else None,
            f"SELECT id FROM {name}", f"SELECT count(*) FROM {name} WHERE id <= {rows}",
        )
        for name, rows, digest, first in (("logs", 51_204, "18", SINCE), ("ab_user", 212, "29", None))
    )  # fmt: skip
    held = Held(RECORDED, READ_AT, "recorder", "first heartbeat")
    remedy = "Install the recorder."
    return Population(
        dir=folder,
        period=Period("2026-Q3", SINCE, UNTIL, "Europe/Berlin"),
        extracted_since=SINCE,
        sources=(source,),
        tables=tables,
        relations={"sign_ins": RelationFile("sign_ins", 4310, "3a" * 32)},
        capabilities={
            "sign_in_failures": Capability("sign_in_failures", "Failed sign-ins", (held,), "Not written.", remedy),
            "tickets": Capability("tickets", "Change tickets", (), "No file was given.", "Give --tickets FILE."),
        },
        redactions={"logs.json": 3},
        inputs=(
            InputFile(
                "leavers", "leavers.csv", "4b" * 32, 17, "Given by HR.", date(2026, 9, 1), "<b>HR</b>, \x1b J. Doe"
            ),
        ),
        unmapped={"<new> action\x1b": 2},
        now=READ_AT,
        now_is_set=False,
        zone_rules="tzdata 2026a; for local days and hours of rows those in DuckDB 2.0.0",
    )
