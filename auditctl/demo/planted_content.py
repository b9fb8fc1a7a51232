"""Planted facts about content: patient data carried away, a deletion at night, refused edits, statements, visits."""

from __future__ import annotations

from typing import Any

from auditctl.demo import changes, visits
from auditctl.demo.chart_data import export_chart, report_click
from auditctl.demo.objects import BOARD, EXECUTIVE_FINANCE, NIGHT_DELETED, PATIENT_CENSUS
from auditctl.demo.people import (
    BY_NAME,
    DATA_STEWARD,
    NIGHT_OWL,
    PHI_OUTSIDER,
    RECENT_BURST_ACCOUNT,
    REFUSED_EDITOR,
    UNCONFIRMED_BROWSER,
)
from auditctl.demo.recorder import Event
from auditctl.demo.rows import Day, Mark
from auditctl.demo.sql_lab import export_result, run_statement
from auditctl.demo.statements import ADMISSIONS, FAILING, HARMLESS, PATIENT_LIST, UNREADABLE, Statement
from auditctl.demo.story import Plant, Story
from auditctl.demo.timeline import HOUR, MINUTE, SECOND, iso
from auditctl.demo.truth import who

CENSUS = BOARD[PATIENT_CENSUS]


def plant_content(story: Story) -> None:
    """Plant all of them."""
    _plant_outsider_exports(story)
    _plant_permitted_exports(story)
    _plant_deletion(story)
    _plant_refused_edits(story)
    _plant_statements(story)
    _plant_browser_claims(story)
    _plant_chart_examples(story)
    story.truth.facts["silent_day"] = {"date": story.timeline.silent_day.isoformat(), "zone": "Europe/Berlin"}


def _plant_outsider_exports(story: Story) -> None:
    person, chart = BY_NAME[PHI_OUTSIDER], CENSUS.charts[0]
    by_sql: Mark = []
    statement: Mark = []
    by_chart: Mark = []

    def export_sql(day: Day) -> None:
        then, client = run_statement(day, story.world, day.clock(16.4), person, PATIENT_LIST, query_mark=statement)
        export_result(day, then + 9 * SECOND, person, client, mark=by_sql)

    def export_view(day: Day) -> None:
        then = visits.open_dashboard(day, day.clock(11.3), person, CENSUS)
        export_chart(day, then + 5 * SECOND, person, chart, visits.board_url(CENSUS), form=False, mark=by_chart)

    story.plant(7, 22, export_sql)
    story.plant(9, 16, export_view)
    story.truth.facts["phi_export_outside_list"] = {
        **who(PHI_OUTSIDER),
        "sql_lab": {"log_rows": by_sql, "query_rows": statement, "table": "main.patients", "rows": PATIENT_LIST.rows},
        "chart": {
            "log_rows": by_chart,
            "chart_id": chart.id,
            "chart_name": chart.name,
            "dataset_id": chart.dataset.id,
            "dataset_name": chart.dataset.name,
        },
    }


def _plant_permitted_exports(story: Story) -> None:
    chart, url = CENSUS.charts[0], visits.board_url(CENSUS)

    def export_sql(day: Day) -> None:
        person = BY_NAME["pwagner"]
        then, client = run_statement(day, story.world, day.clock(10.1), person, ADMISSIONS)
        export_result(day, then + 9 * SECOND, person, client, mark=story.truth.permitted(then, "sql_lab"))

    def export_view(day: Day) -> None:
        person = BY_NAME["rmeyer"]
        then = visits.open_dashboard(day, day.clock(13.2), person, CENSUS) + 5 * SECOND
        export_chart(day, then, person, chart, url, form=False, mark=story.truth.permitted(then, "json"))

    def export_form(day: Day) -> None:
        person = BY_NAME[DATA_STEWARD]
        then = visits.open_dashboard(day, day.clock(15.2), person, CENSUS) + 5 * SECOND
        then = export_chart(day, then, person, chart, url, form=True, mark=story.truth.permitted(then, "form"))
        report_click(day, then, person, "export_csv_dashboard_chart", CENSUS.id, chart)

    story.plant(7, 14, export_sql)
    story.plant(8, 21, export_view)
    story.plant(9, 4, export_form)


def _plant_deletion(story: Story) -> None:
    person, board = BY_NAME[NIGHT_OWL], BOARD[NIGHT_DELETED]
    deleted: Mark = []

    def create(day: Day) -> None:
        changes.create_dashboard(day, story.world, day.clock(10.6), person, board)

    def delete(day: Day) -> None:
        instant = day.begins + 2 * HOUR + 40 * MINUTE
        day.enter(person, instant - 7 * MINUTE)
        visits.list_objects(day, instant - MINUTE, person, "Dashboard")
        changes.delete_dashboard(day, story.world, instant, person, board, deleted)
        day.leave(person, instant + MINUTE)

    story.plant(5, 12, create)
    story.plant(9, 10, delete)
    story.truth.facts["night_deletion"] = {
        **who(NIGHT_OWL),
        "dashboard_id": board.id,
        "dashboard_title": board.title,
        "log_rows": deleted,
    }


def _plant_refused_edits(story: Story) -> None:
    person = BY_NAME[REFUSED_EDITOR]
    facts: list[dict[str, Any]] = []

    def refuse(board_id: int, hour: float) -> Plant:
        board, version = BOARD[board_id], story.world.boards[board_id]
        attempt: Mark = []
        refusal: Mark = []
        facts.append(
            {
                **who(REFUSED_EDITOR),
                "dashboard_id": board.id,
                "dashboard_title": board.title,
                "log_rows": attempt,
                "refusal_rows": refusal,
                "changed_on": iso(version.changed_at),
                "changed_by": version.changed_by,
            }
        )

        def act(day: Day) -> None:
            then = day.clock(hour)
            changes.edit_dashboard(day, story.world, then, person, board, refused=True, mark=attempt)
            target = ("dashboard", board.id, board.title)
            event = Event("AccessRefused", person, person.username, "refused", "not_owner", target)
            story.recorder.write(day, then + 4_000, event, refusal)

        return act

    story.plant(7, 9, refuse(EXECUTIVE_FINANCE, 14.1))
    story.plant(8, 27, refuse(EXECUTIVE_FINANCE, 10.7))
    story.plant(9, 23, refuse(PATIENT_CENSUS, 15.9))
    story.truth.facts["refused_edits"] = facts


def _plant_statements(story: Story) -> None:
    def run(username: str, hour: float, status: str, statement: Statement) -> Plant:
        def act(day: Day) -> None:
            instant = day.clock(hour)
            mark = story.truth.statements(instant, status)
            run_statement(day, story.world, instant, BY_NAME[username], statement, status, mark)

        return act

    story.plant(7, 8, run("dkaya", 9.9, "failed", FAILING[0]))
    story.plant(8, 19, run(REFUSED_EDITOR, 14.6, "failed", FAILING[3]))
    story.plant(9, 9, run("dkaya", 11.2, "failed", FAILING[5]))
    story.plant(7, 28, run("dkaya", 16.1, "stopped", HARMLESS[4]))
    story.plant(9, 3, run(PHI_OUTSIDER, 10.3, "timed_out", HARMLESS[16]))
    story.plant(8, 5, run(RECENT_BURST_ACCOUNT, 13.7, "pending", UNREADABLE))


def _plant_browser_claims(story: Story) -> None:
    person = BY_NAME[UNCONFIRMED_BROWSER]
    facts: list[dict[str, Any]] = []

    def claim(hour: float) -> Plant:
        mark: Mark = []
        facts.append(
            {
                **who(UNCONFIRMED_BROWSER),
                "dashboard_id": CENSUS.id,
                "dashboard_title": CENSUS.title,
                "log_rows": mark,
            }
        )
        return lambda day: visits.claim_visit(day, day.clock(hour), person, CENSUS, mark)

    story.plant(7, 23, claim(11.6))
    story.plant(8, 26, claim(14.4))
    story.truth.facts["unconfirmed_browser_reports"] = facts


def _plant_chart_examples(story: Story) -> None:
    examples: list[Mark] = []

    def look(username: str, board_id: int) -> Plant:
        mark: Mark = []
        examples.append(mark)

        def act(day: Day) -> None:
            visits.open_dashboard(day, day.clock(10.4), BY_NAME[username], BOARD[board_id], first_chart=mark)

        return act

    story.plant(7, 3, look("nfischer", PATIENT_CENSUS))
    story.plant(8, 13, look("dkaya", 3))
    story.plant(9, 21, look("bjansen", 7))
    story.truth.facts["chart_examples"] = examples
