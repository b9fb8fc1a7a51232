"""Relations: computed once from the raw extract, each written as one narrow typed Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.model import Catalogue, RelationSpec
from auditctl.errors import CatalogueError
from auditctl.population.engine import quoted, show_parquet, writing
from auditctl.population.extract import file_sha256
from auditctl.population.model import RelationFile
from auditctl.population.payload import redact_changes
from auditctl.population.places import SUMMARY_OF_BOTH, show_audit_events, show_one_log
from auditctl.population.redaction import Redaction, plain_sha256
from auditctl.resources import bundled
from auditctl.source.interface import EXTENDED, SourceFacts
from auditctl.source.tables import TableSpec
from auditctl.workspace import reporting

# What `log_rows` and `events` need to know of actions, beside the raw tables.
_ACTION_RULES = pa.schema(
    [("action_key", pa.string()), ("first", pa.bool_())]
    + [
        (name, pa.string())
        for name in (
            "name",
            "kind",
            "verb",
            "object_type",
            "target",
            "reported_by",
            "fold",
            "outcome",
            "known_by",
            "route",
        )
    ]
)
_PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480"
"""Each row group of a wide relation is put together in memory: one of DuckDB's usual 122,880 rows takes 200 MB."""
_DISCRIMINATORS = pa.schema([("action", pa.string()), ("by_key", pa.string())])


class RelationWriter:
    """Computes relations in one engine, over raw Parquet that it shows as the schema `raw`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        raw: Path,
        out: Path,
        catalogue: Catalogue,
        redaction: Redaction,
    ) -> None:
        self._connection = connection
        self._raw = raw
        self._out = out
        self._catalogue = catalogue
        self._redaction = redaction
        self.files: dict[str, RelationFile] = {}
        connection.execute("CREATE SCHEMA raw")
        macros = bundled("queries") / "relations" / "superset" / "macros.sql"
        connection.execute(macros.read_text(encoding="utf-8"))

    def show_raw(self, specs: Iterable[TableSpec]) -> None:
        """Make extracted tables readable; one that was not extracted is empty, never missing.

        The log is `raw.main_logs` here: see `show_logs`.
        """
        for spec in specs:
            self._show_table(spec, spec.name, "main_logs" if spec.name == "logs" else spec.name)

    def show_logs(self, spec: TableSpec, within: str) -> None:
        """Show `raw.logs`: the log, and what else of the recorder's events the audit database has.

        Its rows were extracted with `within` before their name; where that is empty there is none. `run_context` and
        both summaries must be there.
        """
        actions = [rule.name for rule in self._catalogue.actions if rule.target == "target" or rule.kind == "heartbeat"]
        self.add_raw("recorder_actions", pa.table({"action": pa.array(actions, pa.string())}))
        self._show_table(spec, f"{within or 'no.'}{spec.name}", "audit_logs")
        show_audit_events(self._connection)
        if within:
            self.compute([self._catalogue.relations["log_places"]])
        show_one_log(self._connection, joined=bool(within))

    def _show_table(self, spec: TableSpec, file: str, name: str) -> None:
        path = self._raw / f"{file}.parquet"
        if not path.exists():
            with reporting(path):
                pq.write_table(spec.schema().empty_table(), path)
        show_parquet(self._connection, f'raw."{name}"', path)

    def add_raw(self, name: str, table: pa.Table) -> None:
        """Make a table that does not come from the source readable as `raw.name`."""
        path = self._raw / f"{name}.parquet"
        with reporting(path):
            pq.write_table(table, path)
        show_parquet(self._connection, f'raw."{name}"', path)

    def add_action_rules(self, facts: SourceFacts) -> Mapping[str, int]:
        """Resolve the actions that occur to their rules; return those without one, with their rows."""
        self.add_raw("discriminators", _discriminators(self._catalogue))
        occurring = self._connection.execute(
            """
            SELECT l.action, d.by_key, is_own(c.profile, l.sql_text, l.json) AS own, count(*) AS rows,
                coalesce(
                    CASE WHEN d.by_key IS NOT NULL AND json_valid(l.json) THEN l.json ->> ('$.' || d.by_key) END, ''
                ) AS value
            FROM raw.logs AS l
            CROSS JOIN run_context AS c
            LEFT JOIN raw.discriminators AS d ON d.action = l.action
            WHERE l.action IS NOT NULL
            GROUP BY ALL ORDER BY ALL
            """
        ).fetchall()
        rows = []
        unmapped: dict[str, int] = {}
        seen: set[str] = set()
        for action, by_key, own, count, value in occurring:
            rule = self._catalogue.lookup_action(action, value, extended=facts.profile == EXTENDED, own=own)
            if rule is None:
                unmapped[action] = unmapped.get(action, 0) + count
                continue
            key = f"own/{action}" if own else action if by_key is None else f"{action}/{value}"
            row: dict[str, object] = {name: getattr(rule, name) for name in _ACTION_RULES.names[2:]}
            rows.append({**row, "action_key": key, "first": rule.name not in seen})
            seen.add(rule.name)
        self.add_raw("action_rules", pa.Table.from_pylist(rows, schema=_ACTION_RULES))
        self._add_repeated()
        self._add_logged_statements(facts)
        return unmapped

    def _add_repeated(self) -> None:
        """Show as `raw.repeated` the rows that the recorder delivered again: each event counts once, at its first row.

        Only the recorder's own actions, and the column of an extended log, are believed: in any other row a client can
        write an event_id, and would so hide an act behind another.
        """
        self._connection.execute(
            """
            CREATE TABLE raw.repeated AS
            WITH recorded AS (
                SELECT l.id, coalesce(
                    l.event_id,
                    CASE WHEN json_valid(l.json) AND r.action_key IS NOT NULL THEN
                        CASE WHEN (l.json ->> '$.recorder') = '1' THEN l.json ->> '$.event_id' END
                    END
                ) AS event_id
                FROM raw.logs AS l
                LEFT JOIN raw.action_rules AS r ON r.action_key = l.action AND r.target = 'target'
            )
            SELECT id
            FROM (
                SELECT id, row_number() OVER (PARTITION BY event_id ORDER BY id) AS delivery
                FROM recorded
                WHERE event_id IS NOT NULL
            )
            WHERE delivery > 1
            """
        )

    def repeat_notes(self) -> Iterator[str]:
        """Say how many rows count no second time, where there are any."""
        ((rows,),) = self.rows("SELECT count(*) FROM raw.repeated")
        if rows:
            yield (
                f"Rows of the log that were read and that the recorder delivered again, with the event_id of an earlier"
                f" one: {rows:,}. Each event counts once."
            )

    def _add_logged_statements(self, facts: SourceFacts) -> None:
        """Show rows of the log as `raw.logged_statements`: those that are SQL statements, where it is their source."""
        self._connection.execute(
            f"""
            CREATE VIEW raw.logged_statements AS
            SELECT l.* FROM raw.logs AS l
            INNER JOIN raw.action_rules AS r ON r.action_key = 'own/' || l.action AND r.kind = 'statement'
            WHERE l.sql_text IS NOT NULL AND {facts.log_statements} AND l.id NOT IN (SELECT id FROM raw.repeated)
            """
        )

    def add_sql_texts(self, workers: int) -> None:
        """Write `sql_facts` and `sql_tables`: each distinct text that users ran or stored, read once."""
        from auditctl.population.sql_workers import describe_all  # with it comes the parser: a tenth of a second, 10 MB

        texts = self._connection.execute(
            r"""
            SELECT DISTINCT q.sql, regexp_extract(d.sqlalchemy_uri, '^([A-Za-z0-9]+)', 1) AS backend
            FROM (
                SELECT sql, database_id FROM raw.query
                UNION ALL
                SELECT sql, database_id FROM raw.tables
                UNION ALL
                SELECT sql_text, database_id FROM raw.logged_statements
            ) AS q
            LEFT JOIN raw.dbs AS d ON d.id = q.database_id
            WHERE q.sql IS NOT NULL
            ORDER BY ALL
            """
        ).fetchall()
        read = ((text, backend or None) for text, backend in texts)
        self.add_raw("sql_texts", describe_all(read, self._redaction, workers))
        self._connection.execute(
            "CREATE VIEW raw.sql_digests AS SELECT DISTINCT plain_sha256, sql_sha256 FROM raw.sql_texts"
        )
        # The same text on two kinds of databases is described by the first that parses it.
        first = "row_number() OVER (PARTITION BY sql_sha256 ORDER BY NOT parsed, dialect)"
        best = f"SELECT * FROM raw.sql_texts QUALIFY {first} = 1"
        self._write("sql_facts", f"SELECT sql_sha256, shown, statement_kind, parsed, reason FROM ({best}) ORDER BY 1")
        self._write(
            "sql_tables",
            f"""
            SELECT sql_sha256, t.catalog AS catalog, t.schema AS schema_name, t."table" AS table_name
            FROM (SELECT sql_sha256, unnest(tables) AS t FROM ({best})) ORDER BY ALL
            """,
        )

    def add_shown_texts(self) -> None:
        """Write `raw.shown_texts`: what is shown of other texts that may hold values, by their plain SHA-256.

        These are error messages of statements, and what the recorder says of a change before and after it.
        """
        errors = self.rows(
            """
            SELECT error_message FROM raw.query WHERE error_message <> ''
            UNION
            SELECT error_text FROM raw.logs WHERE error_text <> ''
            ORDER BY 1
            """
        )
        changes = self.rows(
            """
            SELECT DISTINCT CAST((CAST(json AS JSON) -> '$.changes') AS VARCHAR)
            FROM raw.logs
            WHERE contains(json, '"changes"') AND json_valid(json) AND (CAST(json AS JSON) -> '$.changes') IS NOT NULL
            ORDER BY 1
            """
        )
        shown = {text: self._redaction.error(text) for (text,) in errors if isinstance(text, str)}
        shown |= {text: redact_changes(text, self._redaction) for (text,) in changes if isinstance(text, str)}
        texts = {"plain_sha256": [plain_sha256(text) for text in shown], "shown": list(shown.values())}
        self.add_raw("shown_texts", pa.table(texts, pa.schema([(name, pa.string()) for name in texts])))

    def add_log_summary(self, *, joined: bool) -> None:
        """Write `log_summary` of the source's own, with `joined` of that of the audit database too."""
        self._write("log_summary", SUMMARY_OF_BOTH if joined else "SELECT * FROM raw.main_summary")

    def add(self, name: str, table: pa.Table) -> None:
        """Write a relation that Python fills."""
        path = self._out / f"{name}.parquet"
        with reporting(path):
            pq.write_table(table, path, compression="zstd")
        self._register(name)

    def compute(self, specs: Iterable[RelationSpec]) -> None:
        """Compute relations by their SQL, in the order given; those already written are left alone."""
        for spec in specs:
            if spec.name not in self.files and spec.sql is not None:
                self._write(spec.name, spec.sql)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return the few rows that `sql` asks for."""
        return self._connection.execute(sql).fetchall()

    def _write(self, name: str, sql: str) -> None:
        spec = self._catalogue.relations[name]
        path = self._out / f"{name}.parquet"
        columns = ", ".join(
            f'CAST("{column.name}" AS {column.type.duckdb}) AS "{column.name}"' for column in spec.columns
        )
        statement = f"SELECT {columns} FROM (\n{sql.strip().removesuffix(';')}\n)"
        try:
            with writing(path):
                self._connection.execute(f"COPY ({statement}) TO {quoted(str(path))} ({_PARQUET})")
        except duckdb.OutOfMemoryException:  # no fault of the relation: `engine` says what to do
            raise
        except duckdb.Error as error:
            raise CatalogueError([f"relation {name}: {str(error).splitlines()[0]}"]) from error
        self._register(name)

    def _register(self, name: str) -> None:
        path = self._out / f"{name}.parquet"
        show_parquet(self._connection, f'"{name}"', path)
        self.files[name] = RelationFile(name, pq.read_metadata(path).num_rows, file_sha256(path))


def _discriminators(catalogue: Catalogue) -> pa.Table:
    rows = [{"action": action, "by_key": key} for action, key in sorted(catalogue.discriminators.items())]
    return pa.Table.from_pylist(rows, schema=_DISCRIMINATORS)
