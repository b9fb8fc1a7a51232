"""The table of all keys: what checks a settings file and what docs/settings.md prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditctl.settings import values

SCOPE_NAMES = ("phi", "chd", "sensitive")
SCOPE_LISTS = ("databases", "schemas", "tables", "datasets", "dashboards")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its dotted name (`<...>` stands for a name from elsewhere), and what it takes and means.

    `default` is written as in the file; empty means that nothing is declared. `accept` makes a TOML value what the
    settings hold, or raises `values.WrongValueError`.
    """

    name: str
    type: str
    default: str
    accept: Callable[[object], object]
    meaning: str

    @property
    def path(self) -> tuple[str, ...]:
        """The name in parts."""
        return tuple(self.name.split("."))


_names = values.list_of(values.line)
_schemas = values.list_of(values.schema_name)
_tables = values.list_of(values.table_name)
_ids = values.list_of(values.id_or_name)
_dashboards = values.list_of(values.dashboard)
_domains = values.list_of(values.domain)
_ranges = values.list_of(values.line)
_people = values.list_of(values.permitted)

# fmt: off
KEYS = (
    Key("now", "date and time with offset", "", values.clock,
        "Pretend that it is this time; for demos and repeated runs. The manifest says so."),
    Key("catalogue", "path", "", values.path,
        "Folder with queries and controls of your own."),
    Key("source.url", "SQLAlchemy URL", "", values.line,
        "The metadata database."),
    Key("source.alias", "name", '"main"', values.alias,
        "Short name of the source: 1 to 40 of `a-z`, `0-9` and `-`."),
    Key("source.server_zone", "time zone", "", values.zone,
        "Zone of the Superset server's local times. Undeclared, they are shown as they are, never taken for UTC."),
    Key("source.copy", "true or false", "false", values.switch,
        "Read SQLite from a private copy that is removed afterwards."),
    Key("source.statement_timeout", "duration", '"10m"', values.timeout,
        "How long the database server may take for one statement; `0m` is no limit. Changes no result."),
    Key("source.retries", "whole number", "3", values.retries,
        "How often all is read anew where the connection is lost, a standby cancels the read, or no server answers;"
        " 0 to 10. Changes no result."),
    Key("source.require_read_only", "true or false", "false", values.switch,
        "Refuse, with exit code 7, a role that may modify the log it audits."),
    Key("source.in_service_since", "date", "", values.day,
        "First day of this Superset: tells rows that were pruned from rows that never were."),
    Key("source.audit.url", "SQLAlchemy URL", "", values.line,
        "The recorder's audit database, read beside the metadata database."),
    Key("source.audit.alias", "name", '"audit"', values.alias,
        "Its short name; stands before the references of its rows."),
    Key("report.organisation", "text", "", values.line,
        "Name of the organisation on the report."),
    Key("report.system", "text", "", values.line,
        "Name of the system on the report."),
    Key("report.scope_statement", "text", "", values.paragraph,
        "What the report covers, in your own words; may have several lines."),
    Key("report.zone", "time zone", '"UTC"', values.zone,
        "Zone whose midnights bound periods and whose hours the report shows."),
    Key("report.fiscal_year_start", "MM-DD", '"01-01"', values.month_day,
        "First day of the fiscal year, day 01 to 28."),
    Key("report.settle", "duration", '"1h"', values.duration,
        "How long after its end a period counts as complete."),
    Key("report.longest_silence", "duration", '"4d"', values.duration,
        "A log without any row for longer is taken to have stopped: such a time is not held. Likewise of the statements"
        " of SQL Lab and the runs of alerts and reports, where a whole month (UTC) is without a row as well."),
    Key("report.as_of_tolerance", "duration", '"7d"', values.duration,
        "How long after a period's end current state still counts as evidence of it."),
    Key("report.domains", "list of domains", "", _domains,
        "The organisation's e-mail domains: alerts and reports to any other are exceptions."),
    Key("report.freezes", "list of SINCE..UNTIL", "", _ranges,
        "Times in which content was not to be changed, ends exclusive: changes in them are exceptions."),
    Key("report.sql", "name", '"redacted"', values.sql_text,
        "How SQL is shown: `redacted` (values replaced by markers) or `hash`; in full only with `--full-sql`."),
    Key("business_hours.days", "list of days", '["Mon", "Tue", "Wed", "Thu", "Fri"]', values.weekdays,
        "Working days, of `Mon` `Tue` `Wed` `Thu` `Fri` `Sat` `Sun`."),
    Key("business_hours.start", "HH:MM", '"08:00"', values.time_of_day,
        "Start of the working day in the report zone, inclusive."),
    Key("business_hours.end", "HH:MM", '"18:00"', values.time_of_day,
        "End of the working day in the report zone, exclusive; later than `start`."),
    Key("inputs.leavers", "path", "", values.path,
        "Leavers: CSV with `username,email,left_on`."),
    Key("inputs.approved_admins", "path", "", values.path,
        "Approved administrators: CSV with `username,email,approved_by,approved_on`."),
    Key("inputs.sign_in_log", "path", "", values.path,
        "Sign-ins exported from an identity provider or proxy: CSV or JSON lines."),
    Key("inputs.sign_in_log_covers", "SINCE..UNTIL", "", values.line,
        "What that file covers, as management asserts it: `2026-07-01..2026-10-01`, end exclusive."),
    Key("inputs.tickets", "path", "", values.path,
        "Approved tickets: CSV with `ticket,approved_by,approved_on` and more."),
    Key("inputs.reviewers", "path", "", values.path,
        "People who may read the audit log: CSV with `username,email,reviews`."),
    Key("inputs.waivers", "path", "", values.path,
        "Flagged rows that management accepts for a time: TOML with `[[waiver]]`."),
    Key("scope.<name>.databases", "list of names", "[]", _names,
        "Databases, by their name in Superset."),
    Key("scope.<name>.schemas", "list of schemas", "[]", _schemas,
        "Schemas: `schema` or `database.schema`."),
    Key("scope.<name>.tables", "list of tables", "[]", _tables,
        "Tables: `table`, `schema.table` or `database.schema.table`."),
    Key("scope.<name>.datasets", "list of ids or names", "[]", _ids,
        "Datasets."),
    Key("scope.<name>.dashboards", "list of ids or names", "[]", _dashboards,
        "Dashboards: id, slug, title with `*` for any text (matched whole, letter case aside), or `tag:NAME`."),
    Key("scope.<name>.permitted", "list of names", "[]", _people,
        "Who may: usernames, and `role:NAME` for everybody with that role."),
    Key("scope.<name>.none", "true or false", "false", values.switch,
        "Management asserts that there is nothing of the kind: its tests are *Not applicable*. Needs the next three."),
    Key("scope.<name>.stated_by", "text", "", values.line,
        "Who asserts it."),
    Key("scope.<name>.stated_on", "date", "", values.day,
        "When it was asserted."),
    Key("scope.<name>.reason", "text", "", values.line,
        "Why there is nothing of the kind here."),
    Key("thresholds.<query>.<parameter>", "number, text, true or false", "", values.threshold,
        "Another default for a parameter of a query; reports mark it as changed."),
    Key("signing.key", "path", "", values.path,
        "Key that packs are signed with, made by `auditctl key new`; changes nothing else."),
    Key("accepted_gaps.<test>", "table", "", values.accepted_gap,
        "A test that may be Not evidenced without exit code 4: `reason`, `owner`, `expires` (the last day of it)."),
    Key("control_map.<control>", "list of names", "", _names,
        "The organisation's own ids of a control, shown beside its id: `\"SOC2:CC6.1\" = [\"AC-01\", \"SEC-14\"]`."),
    Key("limits.memory", "amount", '"120MB"', values.memory,
        "Memory of the local engine. The default is enough for any number of rows, and little more than is needed."),
    Key("limits.threads", "whole number", "2", values.threads,
        "Threads of the local engine, 1 to 256."),
)
# fmt: on

# Each outranks its key in the file, and what is relative in it begins at the current folder.
ENVIRONMENT = {
    "AUDITCTL_NOW": "now",
    "AUDITCTL_CATALOGUE": "catalogue",
    "AUDITCTL_SOURCE_URL": "source.url",
    "AUDITCTL_AUDIT_URL": "source.audit.url",
}
