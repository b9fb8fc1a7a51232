"""What there is to look at: databases, datasets, charts and dashboards, and who owns them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

PRODUCTION, WAREHOUSE, ARCHIVE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table that charts read. `columns` are (name, SQL type)."""

    id: int
    name: str
    database_id: int
    columns: tuple[tuple[str, str], ...]
    phi: bool = False

    @property
    def database(self) -> str:
        """The name of the database in Superset."""
        return "production" if self.database_id == PRODUCTION else "warehouse"

    @property
    def schema(self) -> str:
        """The schema in that database."""
        return "main" if self.database_id == PRODUCTION else "mart"

    @property
    def permission(self) -> str:
        """The view menu name of `datasource_access`."""
        return f"[{self.database}].[{self.name}](id:{self.id})"


@dataclass(frozen=True, slots=True)
class Chart:
    """One saved chart (a slice, in Superset's tables)."""

    id: int
    name: str
    viz: str
    dataset: Dataset
    owner: str

    @property
    def columns(self) -> list[str]:
        """The columns that it asks for."""
        return [name for name, _ in self.dataset.columns[1:3]]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard with its charts."""

    id: int
    title: str
    slug: str | None
    owner: str
    charts: tuple[Chart, ...]

    @property
    def phi(self) -> bool:
        """Whether one of its charts reads patient data."""
        return any(chart.dataset.phi for chart in self.charts)

    @property
    def key(self) -> str:
        """How a browser addresses it: by slug, else by id."""
        return self.slug or str(self.id)


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    kinds = {"i": "INTEGER", "t": "TEXT", "n": "NUMERIC", "d": "DATE"}
    return tuple((name, kinds[kind]) for name, _, kind in (word.partition(":") for word in text.split()))


_TABLES = (
    ("patients", PRODUCTION, "id:i full_name:t diagnosis:t ssn:t admitted_on:d", True),
    ("patient_visits", PRODUCTION, "id:i patient_id:i diagnosis:t ward:t visited_on:d", True),
    ("orders", WAREHOUSE, "id:i ward:t amount:n ordered_on:d", False),
    ("inventory", WAREHOUSE, "id:i sku:t quantity:i location:t", False),
    ("suppliers", WAREHOUSE, "id:i supplier:t country:t rating:i", False),
    ("waiting_times", WAREHOUSE, "id:i department:t minutes:i measured_on:d", False),
    ("bed_days", WAREHOUSE, "id:i ward:t occupied:i counted_on:d", False),
    ("shifts", WAREHOUSE, "id:i ward:t staff:i worked_on:d", False),
    ("revenue", WAREHOUSE, "id:i cost_centre:t amount:n booked_on:d", False),
    ("budgets", WAREHOUSE, "id:i cost_centre:t planned:n fiscal_year:i", False),
    ("quality_indicators", WAREHOUSE, "id:i indicator:t score:n measured_on:d", False),
    ("portal_visits", WAREHOUSE, "id:i page:t visits:i visited_on:d", False),
)
DATASETS = tuple(
    Dataset(number, name, database, _columns(columns), phi)
    for number, (name, database, columns, phi) in enumerate(_TABLES, 1)
)
_BY_TABLE = {dataset.name: dataset for dataset in DATASETS}

PATIENT_CENSUS, EXECUTIVE_FINANCE, NIGHT_DELETED, PORTAL, NEW_BOARD = 1, 2, 12, 15, 16
PROTECTED = (PATIENT_CENSUS, EXECUTIVE_FINANCE)

_BOARDS: tuple[tuple[str, str | None, str, dict[str, str]], ...] = (
    (
        "Patient Census",
        "patient-census",
        "lhoffmann",
        {"Patients by diagnosis": "patients", "Admissions per day": "patients", "Visits per ward": "patient_visits"},
    ),
    (
        "Executive Finance",
        "executive-finance",
        "wlang",
        {"Revenue by cost centre": "revenue", "Revenue trend": "revenue", "Budget against plan": "budgets"},
    ),
    (
        "Orders Overview",
        "orders-overview",
        "dkaya",
        {"Orders by day": "orders", "Orders by ward": "orders", "Order value": "orders"},
    ),
    ("Inventory Levels", "inventory-levels", "tmaier", {"Stock by location": "inventory", "Low stock": "inventory"}),
    (
        "Readmissions",
        "readmissions",
        "lhoffmann",
        {"Readmissions by ward": "patient_visits", "Returns per week": "patient_visits"},
    ),
    (
        "Emergency Waiting Times",
        "waiting-times",
        "dkaya",
        {"Median wait": "waiting_times", "Waits by hour": "waiting_times", "Longest waits": "waiting_times"},
    ),
    ("Bed Occupancy", "bed-occupancy", "tmaier", {"Occupied beds": "bed_days", "Occupancy by ward": "bed_days"}),
    ("Staff Rota", None, "spetrov", {"Staff per shift": "shifts", "Open shifts": "shifts"}),
    (
        "Pharmacy Stock",
        "pharmacy-stock",
        "tmaier",
        {"Pharmacy items": "inventory", "Expiring items": "inventory", "Reorders": "orders"},
    ),
    ("Laboratory Turnaround", None, "dkaya", {"Turnaround": "waiting_times", "Samples waiting": "waiting_times"}),
    ("Supplier Performance", "suppliers", "wlang", {"Ratings": "suppliers", "Suppliers by country": "suppliers"}),
    ("Ward Staffing Draft", "ward-staffing-draft", "spetrov", {"Draft staffing": "shifts", "Draft cover": "shifts"}),
    (
        "Quality Indicators",
        "quality",
        "lhoffmann",
        {"Scores": "quality_indicators", "Trend": "quality_indicators", "Below target": "quality_indicators"},
    ),
    ("Theatre Utilisation", None, "cokafor", {"Theatre hours": "bed_days", "Cancelled sessions": "bed_days"}),
    ("Portal Usage", "portal-usage", "aschmidt", {"Visits per page": "portal_visits", "Visits": "portal_visits"}),
    (
        "Outpatient Follow-up",
        "outpatient-follow-up",
        "dkaya",
        {"Follow-ups due": "waiting_times", "Follow-ups late": "waiting_times"},
    ),
)


def _dashboards() -> tuple[Dashboard, ...]:
    numbers = count(1)
    boards = []
    for board_id, (title, slug, owner, tables) in enumerate(_BOARDS, 1):
        charts = tuple(
            Chart(next(numbers), name, "echarts_timeseries_bar" if index else "table", _BY_TABLE[table], owner)
            for index, (name, table) in enumerate(tables.items())
        )
        boards.append(Dashboard(board_id, title, slug, owner, charts))
    return tuple(boards)


DASHBOARDS = _dashboards()
CHARTS = tuple(chart for board in DASHBOARDS for chart in board.charts)
BOARD = {board.id: board for board in DASHBOARDS}
