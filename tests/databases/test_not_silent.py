"""What could hide rows, or the state of the source, is found out and said: it never reads as "there was nothing"."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from auditctl.errors import SourceError
from auditctl.source import postgresql
from auditctl.source.postgresql_tables import hold_tables
from auditctl.source.tables import table_specs
from tests.servers.databases import Loaded

from .opened import LOGS, OpenAt, rows

PASSWORD = "CANARY-silent"


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE ab_user_role",
        "ALTER TABLE ab_user_role ALTER COLUMN user_id TYPE bigint",
        "ALTER TABLE ab_user_role RENAME TO elsewhere",
    ],
)
def test_a_table_that_is_emptied_or_rewritten_while_it_is_opened_is_not_read_as_empty(
    pg: Loaded, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    def rewrite_first(*arguments: object) -> None:
        pg.run(statement)  # after the read point, before the tables are held
        hold_tables(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(postgresql, "hold_tables", rewrite_first)
    with pytest.raises(SourceError) as found:
        open_at(pg.url())
    (line,) = found.value.diagnostics()
    assert "ab_user_role" in line


def test_a_table_cannot_be_emptied_before_it_is_read(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url())
    with pg.server.connect(pg.database) as other:
        other.exec_driver_sql("SET lock_timeout = '200ms'")
        with pytest.raises(DBAPIError, match="lock timeout"):
            other.exec_driver_sql("TRUNCATE ab_user_role")
    roles = table_specs()["ab_user_role"]
    assert source.count(roles, None).counted == len(rows(source, None, roles)) > 0


def test_a_view_in_the_place_of_the_log_is_said_and_counts_as_modifiable(loaded: Loaded, open_at: OpenAt) -> None:
    loaded.run("ALTER TABLE logs RENAME TO log_rows", "CREATE VIEW logs AS SELECT * FROM log_rows WHERE user_id <> 1")
    facts = open_at(loaded.url()).facts
    assert any(note.startswith("logs is no table but a view") for note in facts.notes)
    assert "logs is a view: what may be done to its table is not known" in facts.role.powers


def test_a_schema_with_a_part_of_a_superset_is_not_taken_for_it(pg: Loaded, open_at: OpenAt) -> None:
    pg.run(
        f"CREATE SCHEMA {pg.server.admin}",  # "$user" comes before public
        f"CREATE TABLE {pg.server.admin}.logs AS SELECT * FROM public.logs WHERE user_id = 2",
    )
    facts = open_at(pg.url()).facts
    assert facts.schema == "public"
    pg.run("ALTER SCHEMA public RENAME TO superset")
    with pytest.raises(SourceError, match="in 2 schemas: postgres, superset"):
        open_at(pg.url())


def test_sessions_that_write_are_said_where_it_cannot_be_seen_since_when(pg: Loaded, open_at: OpenAt) -> None:
    role = pg.server.fresh_name("role")
    pg.run(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        with pg.server.connect(pg.database) as other:
            other.exec_driver_sql("BEGIN")
            other.exec_driver_sql("INSERT INTO logs (action) VALUES ('late')")
            source = open_at(pg.url(role, PASSWORD))
            source.close()
        assert source.facts.read_point.writing_since is None
        assert [note for note in source.facts.notes if note.startswith("1 session was writing to the log")]
    finally:
        pg.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_functions_with_the_rights_of_another_are_named(pg: Loaded, open_at: OpenAt) -> None:
    role = pg.server.fresh_name("role")
    pg.run(
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        "CREATE FUNCTION wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM logs'",
    )
    try:
        source = open_at(pg.url(role, PASSWORD))
        source.close()
        assert [note for note in source.facts.notes if "what they do was not looked at: public.wipe." in note]
    finally:
        pg.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_role_that_was_put_on_for_the_session_does_not_hide_the_one_below(pg: Loaded, open_at: OpenAt) -> None:
    role = pg.server.fresh_name("role")
    pg.run(f"CREATE ROLE {role}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        source = open_at(pg.url().update_query_dict({"options": f"-crole={role}"}))
        source.close()
        assert source.facts.role.name == role
        assert [note for note in source.facts.notes if note.startswith(f"The session began as {pg.server.admin},")]
        assert f"superuser through the role {pg.server.admin}" in source.facts.role.powers
    finally:
        pg.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_names_of_grants_are_understood_whatever_the_servers_modes_are(maria: Loaded, open_at: OpenAt) -> None:
    before = maria.run("SELECT @@global.sql_mode")[0][0]
    maria.run("SET GLOBAL sql_mode = 'ANSI_QUOTES'", "SET GLOBAL sql_quote_show_create = 0")
    try:
        assert open_at(maria.url()).facts.role.powers == ("ALL PRIVILEGES on every database",)
    finally:
        maria.run(f"SET GLOBAL sql_mode = '{before}'", "SET GLOBAL sql_quote_show_create = 1")


def test_a_table_without_a_read_point_is_said(maria: Loaded, open_at: OpenAt) -> None:
    maria.run("ALTER TABLE ab_group_role ENGINE = MyISAM")
    notes = open_at(maria.url()).facts.notes
    assert any(note.startswith("The table ab_group_role is kept by MyISAM") for note in notes)


def test_a_payload_that_is_kept_as_json_is_read_as_text(pg: Loaded, open_at: OpenAt) -> None:
    source = open_at(pg.url())
    before = {row["id"]: row["json"] for row in rows(source)}
    source.close()
    pg.run("ALTER TABLE logs ALTER COLUMN json TYPE json USING json\\:\\:json")
    assert {row["id"]: row["json"] for row in rows(open_at(pg.url()))} == before


def test_every_statement_of_a_run_sees_one_state(loaded: Loaded, open_at: OpenAt) -> None:
    source = open_at(loaded.url())
    seen: list[str] = []
    event.listen(source._connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
    roles = table_specs()["ab_user_role"]
    before = source.count(roles, None).counted
    loaded.run("DELETE FROM ab_user_role", "DELETE FROM logs")
    assert (source.count(roles, None).counted, len(rows(source, None, roles))) == (before, before)
    assert source.count(LOGS, None).counted == len(rows(source, None)) > 200
    assert not [sql for sql in seen if sql.lstrip().upper().startswith(("COMMIT", "ROLLBACK", "BEGIN", "START"))]
