"""The SQL that an administrator runs before the audit database is used: table, roles, refusals, partitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from superset_audit_recorder.table import COLUMNS, Column

DIALECTS: Final = ("postgresql", "mysql", "sqlite")
TABLE: Final = "logs"

_REFUSAL: Final = "rows of the audit log are neither changed nor removed"
_INDEXES: Final = {"dttm": ("dttm",), **{name: (name, "dttm") for name in ("user_id", "action", "dashboard_id")}}
_TYPES: Final = {
    "postgresql": {
        "key": "bigint GENERATED ALWAYS AS IDENTITY",
        "integer": "bigint",
        "flag": "boolean",
        "time": "timestamp(6) without time zone",
        "words": "varchar({length})",
        "text": "text",
    },
    "mysql": {
        "key": "bigint AUTO_INCREMENT PRIMARY KEY",
        "integer": "bigint",
        "flag": "boolean",
        "time": "datetime(6)",
        "words": "varchar({length})",
        "text": "mediumtext",
    },
    "sqlite": {
        "key": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "integer": "BIGINT",
        "flag": "BOOLEAN",
        "time": "DATETIME",
        "words": "VARCHAR({length})",
        "text": "TEXT",
    },
}


@dataclass(frozen=True)
class Month:
    """A month, and so a partition."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month that `YYYY-MM` names.

        Raises:
            ValueError: it names none.
        """
        if not re.fullmatch(r"\d{4}-\d{2}", text) or not 1 <= int(text[5:]) <= 12 or text.startswith("0000"):
            raise ValueError(f"{text!r} is no month: write it as 2027-01")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month of a day."""
        return cls(day.year, day.month)

    def plus(self, months: int) -> Month:
        """Return the month so many months later."""
        count = self.year * 12 + self.month - 1 + months
        return Month(count // 12, count % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def begins(self) -> str:
        """Its first day."""
        return f"{self}-01"

    @property
    def partition(self) -> str:
        """The name of its partition."""
        return f"{TABLE}_{self.year:04d}_{self.month:02d}"

    def through(self, last: Month) -> Iterator[Month]:
        """Yield this month and those that follow, up to and with `last`."""
        count = (last.year - self.year) * 12 + last.month - self.month
        return (self.plus(months) for months in range(count + 1))


def ddl(dialect: str, months: Sequence[Month], writer: str, reader: str) -> str:
    """Return the whole script.

    Args:
        dialect: One of `DIALECTS`.
        months: The partitions to begin with; PostgreSQL alone has any.
        writer: The role that Superset connects as; it may only insert.
        reader: The role that auditctl connects as; it may only read.

    Raises:
        ValueError: a role's name would have to be quoted.
    """
    for role in (writer, reader):
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,30}", role):
            raise ValueError(f"{role!r} is no plain name of a role: small letters, digits and _ only")
    parts = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}[dialect]
    statements = [_table(dialect), *_indexes(dialect), *parts(writer, reader)]
    if dialect == "postgresql":
        statements += partitions(months)
    return "\n".join(f"{statement}\n" for statement in statements)


def partitions(months: Sequence[Month]) -> list[str]:
    """Return what makes the partitions of these months on PostgreSQL. Without one, the rows of its month wait."""
    statements = []
    for month in months:
        name = month.partition
        statements += [
            f"CREATE TABLE {name} PARTITION OF {TABLE}\n"
            f"    FOR VALUES FROM ('{month.begins}') TO ('{month.plus(1).begins}');",
            _refuse_truncate(name),
        ]
    return statements


def drop_partition(month: Month, statement: str) -> str:
    """Return what drops a month on PostgreSQL, if it holds as many rows as a signed statement says.

    Args:
        month: The partition.
        statement: What `auditctl verify-chain --drop-month` wrote; whether its signature is good, auditctl says.

    Raises:
        ValueError: it is no such statement, or is of another month.
    """
    try:
        document = json.loads(statement.rpartition("\n\n")[0])
        of, rows = document["month"], int(document["rows"])
    except (KeyError, TypeError, ValueError):
        raise ValueError("that is no statement of auditctl verify-chain --drop-month") from None
    if of != str(month):
        raise ValueError(f"the statement is of {of}, not of {month}")
    name = month.partition
    return (
        f"BEGIN;\nLOCK TABLE {name} IN ACCESS EXCLUSIVE MODE;\n"
        f"DO $$ BEGIN\n    IF (SELECT count(*) FROM {name}) <> {rows} THEN\n"
        f"        RAISE EXCEPTION '{name} does not hold the {rows} rows that were signed';\n    END IF;\nEND $$;\n"
        f"DROP TABLE {name};\nCOMMIT;\n"
    )


def _table(dialect: str) -> str:
    lines = [_column(dialect, column) for column in COLUMNS]
    if dialect == "postgresql":
        # A key of a partitioned table must hold the column that it is partitioned by.
        lines += ["PRIMARY KEY (id, dttm)", "UNIQUE (writer_id, seq, dttm)"]
        end = ") PARTITION BY RANGE (dttm);"
    else:
        lines.append("UNIQUE (writer_id, seq)")
        end = ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;" if dialect == "mysql" else ");"
    return f"CREATE TABLE {TABLE} (\n" + ",\n".join(f"    {line}" for line in lines) + f"\n{end}"


def _column(dialect: str, column: Column) -> str:
    quote = "`" if dialect == "mysql" else '"'
    kind = _TYPES[dialect][column.kind].format(length=column.length)
    required = " NOT NULL" if column.required and column.kind != "key" else ""
    return f"{quote}{column.name}{quote} {kind}{required}"


def _indexes(dialect: str) -> Iterator[str]:
    # The longest key of MySQL is 3072 bytes, of 4 bytes a character.
    short = {"action": "action(191)"} if dialect == "mysql" else {}
    for name, columns in _INDEXES.items():
        over = ", ".join(short.get(column, column) for column in columns)
        yield f"CREATE INDEX ix_{TABLE}_{name} ON {TABLE} ({over});"


def _postgresql(writer: str, reader: str) -> Iterator[str]:
    yield (
        f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS\n"
        f"    $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$;"
    )
    yield (
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE}\n"
        f"    FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse();"
    )
    yield _refuse_truncate(TABLE)
    for role in (writer, reader):
        yield f"CREATE ROLE {role} LOGIN;\n-- Give it a password: \\password {role}"
    yield f"REVOKE ALL ON {TABLE} FROM PUBLIC;"
    yield f"GRANT INSERT ON {TABLE} TO {writer};"
    yield f"GRANT SELECT ON {TABLE} TO {reader};"


def _refuse_truncate(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}\n"
        f"    FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse();"
    )


def _mysql(writer: str, reader: str) -> Iterator[str]:
    yield "-- Where the binary log is on, triggers need SUPER, or log_bin_trust_function_creators = 1."
    for verb in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}\n"
            f"    FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_REFUSAL}';"
        )
    # The reader's right is to the whole database, or it could not see that there is no other table.
    for role, right, where in ((writer, "INSERT", TABLE), (reader, "SELECT", "*")):
        yield (
            f"CREATE USER '{role}'@'%' ACCOUNT LOCK;\n"
            f"-- Open it: ALTER USER '{role}'@'%' IDENTIFIED BY '...' ACCOUNT UNLOCK;"
        )
        yield f"GRANT {right} ON {where} TO '{role}'@'%';"


def _sqlite(writer: str, reader: str) -> Iterator[str]:
    for verb in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}\n"
            f"    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END;"
        )
    yield "-- SQLite knows no roles: whoever may write to the file may change it."
