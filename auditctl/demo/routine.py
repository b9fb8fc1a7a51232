"""The ordinary days: so many acts that the wanted number of rows comes out, at the hours when people work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from auditctl.demo import changes, visits
from auditctl.demo.chart_data import export_chart, report_click
from auditctl.demo.objects import (
    CHARTS,
    DASHBOARDS,
    EXECUTIVE_FINANCE,
    PROTECTED,
    Chart,
    Dashboard,
)
from auditctl.demo.people import BY_NAME, SERVICE, Person
from auditctl.demo.rows import Day
from auditctl.demo.sql_lab import export_result, run_statement
from auditctl.demo.statements import FAILING, HARMLESS, ORDINARY, UNREADABLE
from auditctl.demo.timeline import MINUTE, SECOND, Timeline
from auditctl.demo.truth import Truth
from auditctl.demo.world import World

_FINANCE = {chart.id for board in DASHBOARDS if board.id == EXECUTIVE_FINANCE for chart in board.charts}
# below this chance a statement ends like this
_TROUBLE = (
    (0.005, "pending", (UNREADABLE,)),
    (0.01, "timed_out", HARMLESS),
    (0.015, "stopped", HARMLESS),
    (0.07, "failed", FAILING),
)


def may_see(person: Person, chart: Chart) -> bool:
    """Say whether somebody's roles give the data of a chart."""
    if person.sees_everything:
        return True
    return person.permitted_phi if chart.dataset.phi else chart.id not in _FINANCE


def weight(day: date, timeline: Timeline) -> float:
    """Return how busy a day is: thin weekends and holidays, slow growth, nothing at all on the silent day."""
    if day == timeline.silent_day:
        return 0
    growth = 0.8 + 0.4 * (day - timeline.first).days / 550
    if (day.month, day.day) in {(1, 1), (12, 24), (12, 25), (12, 26), (5, 1), (10, 3)}:
        return 0.06 * growth
    return (1, 1, 0.98, 0.97, 0.85, 0.2, 0.14)[day.weekday()] * growth


@dataclass(slots=True)
class Routine:
    """Fills days with ordinary acts; `owed` is how many rows the days so far lack."""

    world: World
    timeline: Timeline
    truth: Truth
    guest_token: str
    rows_per_weight: float
    present: list[Person] = field(default_factory=list)
    owed: float = 0

    @classmethod
    def of(cls, events: int, world: World, timeline: Timeline, truth: Truth, guest_token: str) -> Routine:
        """Return a routine that writes about `events` rows over the whole history."""
        total = sum(weight(day, timeline) for day in timeline.days())
        return cls(world, timeline, truth, guest_token, events / total)

    def fill(self, day: Day, present: list[Person]) -> None:
        """Add one day's ordinary acts by the people who are there."""
        if day.date == self.timeline.silent_day:
            return
        self.present = [person for person in present if person.username != SERVICE]
        self.owed += weight(day.date, self.timeline) * self.rows_per_weight
        kinds = _WORKDAY if day.date.weekday() < 5 else _WEEKEND
        before = len(day.rows)
        if day.date.weekday() == 0:
            visits.run_alert(day, day.clock(7), BY_NAME["tmaier"])
        while len(day.rows) - before < self.owed:
            kinds.draw(day.rng.random())(self, day)
        if not any(row[0] < day.ends for row in day.rows[before:]):
            visits.open_welcome(day, min(day.clock(9.5), day.ends - MINUTE), day.rng.choice(self.present))
        self.owed -= len(day.rows) - before

    def _who(self, day: Day, role: str | None = None) -> Person | None:
        people = [person for person in self.present if role is None or role in person.roles]
        return day.rng.choice(people) if people else None

    def _hour(self, day: Day, person: Person, latest: float = 20) -> int:
        rng = day.rng
        hour = rng.gauss(10.6, 1.1) if rng.random() < 0.55 else rng.gauss(14.9, 1.3)
        earliest = max(person.arrives + 0.25, 8.05)
        if not earliest <= hour <= latest:
            hour = earliest + rng.random() * 3
        return day.clock(hour)

    def _boards(self, day: Day, person: Person) -> list[Dashboard]:
        known = self.world.boards
        return [
            board
            for board in DASHBOARDS
            if board.id in known and known[board.id].created_at < day.begins and may_see(person, board.charts[0])
        ]

    def visit(self, day: Day) -> None:
        """Open a dashboard, sometimes while a colleague opens another one."""
        person = self._who(day)
        if person is None:
            return
        instant = self._hour(day, person)
        self._visit(day, instant, person)
        colleague = self._who(day)
        if day.rng.random() < 0.12 and colleague and colleague.arrives <= person.arrives:
            self._visit(day, instant + day.gap(100, 900), colleague)

    def _visit(self, day: Day, instant: int, person: Person) -> None:
        board = day.rng.choice(self._boards(day, person))
        browser = day.rng.random() < 0.85
        visits.open_dashboard(day, instant, person, board, charts=day.rng.choice((2, 3, 4)), browser=browser)

    def explore(self, day: Day) -> None:
        """Open a chart in explore."""
        person = self._who(day)
        if person:
            board = day.rng.choice(self._boards(day, person))
            visits.explore_chart(day, self._hour(day, person), person, day.rng.choice(board.charts))

    def query(self, day: Day) -> None:
        """Run a statement in SQL Lab; some fail, some results are exported."""
        person = self._who(day, "sql_lab")
        if person is None:
            return
        instant = self._hour(day, person)
        if instant >= day.until - MINUTE:
            return
        chance = day.rng.random()
        for bound, status, texts in _TROUBLE:
            if chance < bound:
                text = day.rng.choice(texts)
                run_statement(day, self.world, instant, person, text, status, self.truth.statements(instant, status))
                return
        statement = day.rng.choice(ORDINARY if person.permitted_phi else HARMLESS)
        then, client = run_statement(day, self.world, instant, person, statement)
        if chance > 0.94 and not statement.table:
            mark = self.truth.permitted(then, "sql_lab") if statement.phi else None
            export_result(day, then + 4 * SECOND, person, client, streaming=chance > 0.985, mark=mark)

    def browse(self, day: Day) -> None:
        """Open the start page or a list."""
        person = self._who(day)
        if person is None:
            return
        instant = self._hour(day, person)
        kind = day.rng.choice(("", "Dashboard", "Chart", "Query"))
        if not kind:
            visits.open_welcome(day, instant, person)
        elif kind != "Query" or "sql_lab" in person.roles:
            visits.list_objects(day, instant, person, kind)

    def read_log(self, day: Day) -> None:
        """Let an administrator read the action log."""
        person = self._who(day, "Admin")
        if person:
            visits.list_objects(day, self._hour(day, person), person, "Log")

    def change(self, day: Day) -> None:
        """Edit something of one's own, save a new draft or delete an old one; always within business hours."""
        person = self._who(day, "Alpha")
        if person is None:
            return
        instant = self._hour(day, person, 17.5)
        if instant >= day.until - MINUTE:
            return
        chance = day.rng.random()
        boards = [board for board in self._boards(day, person) if board.owner == person.username]
        charts = [chart for chart in CHARTS if chart.owner == person.username]
        if chance < 0.4:
            edits = [board for board in boards if board.id not in PROTECTED]
            if edits:
                changes.edit_dashboard(day, self.world, instant, person, day.rng.choice(edits))
        elif chance < 0.75:
            if charts:
                changes.edit_chart(day, self.world, instant, person, day.rng.choice(charts))
        elif len(self.world.drafts) < 7:
            datasets = [chart.dataset for chart in charts if not chart.dataset.phi]
            if datasets:
                changes.create_draft(day, self.world, instant, person, day.rng.choice(datasets))
        else:
            oldest = self.world.drafts[0]
            if oldest.owner == person.username and oldest.version.created_at < day.begins:
                changes.delete_draft(day, self.world, instant, person)

    def export(self, day: Day) -> None:
        """Carry something away; patient data only by those who may."""
        person = self._who(day)
        if person is None:
            return
        instant = self._hour(day, person)
        board = day.rng.choice([b for b in self._boards(day, person) if not b.phi or person.permitted_phi])
        chart = day.rng.choice(board.charts)
        route = day.rng.choice(("zip", "json", "form", "pdf"))
        mark = self.truth.permitted(instant, route) if board.phi else None
        if route == "zip":
            changes.export_definition(day, instant, person, "Dashboard", [board.id], mark)
        elif route == "json":
            export_chart(day, instant, person, chart, visits.board_url(board), form=False, mark=mark)
        elif route == "form":
            then = export_chart(day, instant, person, chart, visits.board_url(board), form=True, mark=mark)
            report_click(day, then, person, "export_csv_dashboard_chart", board.id, chart)
        else:
            report_click(day, instant, person, "dashboard_download_as_pdf", board.id, mark=mark)

    def guest(self, day: Day) -> None:
        """Show the embedded dashboard to a guest, at any hour."""
        visits.visit_as_guest(day, day.clock(6 + 17 * day.rng.random()), self.guest_token)


Act = Callable[[Routine, Day], None]


@dataclass(frozen=True, slots=True)
class Acts:
    """Kinds of acts with their shares of a day."""

    acts: tuple[Act, ...]
    bounds: tuple[float, ...]

    @classmethod
    def of(cls, shares: dict[Act, float]) -> Acts:
        """Return the kinds in the proportion of their shares."""
        total = sum(shares.values())
        return cls(tuple(shares), tuple(bound / total for bound in accumulate(shares.values())))

    def draw(self, chance: float) -> Act:
        """Return the act that a number from 0 to 1 falls on."""
        for act, bound in zip(self.acts, self.bounds, strict=True):
            if chance < bound:
                return act
        return self.acts[-1]


_WORKDAY = Acts.of(
    {
        Routine.visit: 40,
        Routine.explore: 12,
        Routine.query: 45,
        Routine.browse: 15,
        Routine.read_log: 1,
        Routine.change: 8,
        Routine.export: 3,
        Routine.guest: 4,
    }
)
_WEEKEND = Acts.of({Routine.visit: 50, Routine.explore: 8, Routine.browse: 20, Routine.guest: 10})
