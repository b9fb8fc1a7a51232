"""The state that acts leave behind: who last edited what, which drafts exist, how often somebody signed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditctl.demo.objects import CHARTS, DASHBOARDS, NEW_BOARD, NIGHT_DELETED, Dataset
from auditctl.demo.people import PEOPLE

# Everything that is there from the beginning was made before the history starts.
FOUNDED = 1_717_405_200_000_000  # 2024-06-03 09:00 UTC


@dataclass(slots=True)
class Version:
    """When an object was made and last changed, and by whom (account id)."""

    created_at: int
    created_by: int
    changed_at: int
    changed_by: int

    def touch(self, instant: int, person_id: int) -> None:
        """Note a change, unless a later one is known."""
        if instant > self.changed_at:
            self.changed_at, self.changed_by = instant, person_id


@dataclass(frozen=True, slots=True)
class Draft:
    """A chart that somebody made during the history and may delete again."""

    id: int
    name: str
    dataset: Dataset
    owner: str
    version: Version


@dataclass(slots=True)
class Account:
    """What Flask-AppBuilder counts for one account."""

    version: Version
    login_count: int | None = None
    fail_login_count: int | None = None
    last_login: int | None = None


def _founded(position: int, by: int) -> Version:
    made = FOUNDED + position * 3_600_000_000
    return Version(made, by, made, by)


@dataclass(slots=True)
class World:
    """The state of the metadata database besides its logs."""

    owners: dict[str, int] = field(default_factory=lambda: {person.username: person.id for person in PEOPLE})
    boards: dict[int, Version] = field(default_factory=dict)
    charts: dict[int, Version] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    drafts_made: int = 0
    statements: int = 0

    def __post_init__(self) -> None:
        for position, board in enumerate(DASHBOARDS):
            if board.id not in (NIGHT_DELETED, NEW_BOARD):
                self.boards[board.id] = _founded(position, self.owners[board.owner])
        for position, chart in enumerate(CHARTS):
            self.charts[chart.id] = _founded(position, self.owners[chart.owner])
        for person in PEOPLE:
            self.accounts[person.id] = Account(_founded(person.id - 60, 1))

    def next_chart_id(self) -> int:
        """Return the id that a new chart gets; the oldest draft goes first, so no id comes twice."""
        self.drafts_made += 1
        return len(CHARTS) + self.drafts_made

    def next_client_id(self) -> str:
        """Return the eleven hexadecimal digits that name a SQL Lab request; an odd factor never repeats one."""
        self.statements += 1
        return f"{self.statements * 0x5851F42D4C9 % (1 << 44):011x}"
