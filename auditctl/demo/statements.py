"""The SQL that people type in SQL Lab: a fixed set of texts, so that a large demo repeats them as real users do."""

from __future__ import annotations

import json
from dataclasses import dataclass

from auditctl.demo.objects import DATASETS, Dataset

LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Statement:
    """One text with what Superset stores about it. `parts` is how many statements the text has."""

    sql: str
    executed: str | None
    dataset: Dataset
    columns: tuple[tuple[str, str], ...]
    rows: int
    parts: int = 1
    error: str | None = None
    table: str = ""

    @property
    def phi(self) -> bool:
        """Whether it reads patient data."""
        return self.dataset.phi

    @property
    def extra(self) -> str:
        """What `query.extra_json` holds after a success."""
        kinds = {"INTEGER": ("INT", 0), "NUMERIC": ("FLOAT", 0), "TEXT": ("STRING", 1), "DATE": ("DATETIME", 2)}
        columns = [
            {
                "column_name": name,
                "name": name,
                "type": kinds[kind][0],
                "type_generic": kinds[kind][1],
                "is_dttm": kind == "DATE",
            }
            for name, kind in self.columns
        ]
        return json.dumps({"columns": columns})


def _pretty(columns: list[str], table: str, tail: str = "") -> str:
    """Write a SELECT as Superset stores what it executed: one clause per line, its own limit at the end."""
    listed = ",\n  ".join(columns)
    return f"SELECT\n  {listed}\nFROM {table}{tail}\nLIMIT {LIMIT + 1}"


def select(dataset: Dataset, columns: list[str], where: str = "", rows: int = 40) -> Statement:
    """Return a plain SELECT of some columns of a dataset."""
    kinds = dict(dataset.columns)
    sql = f"SELECT {', '.join(columns)} FROM {dataset.name}" + (f" WHERE {where}" if where else "")
    tail = f"\nWHERE\n  {where}" if where else ""
    return Statement(sql, _pretty(columns, dataset.name, tail), dataset, tuple((c, kinds[c]) for c in columns), rows)


def _ordinary(dataset: Dataset) -> list[Statement]:
    names = [name for name, _ in dataset.columns]
    group, value = names[1], names[2]
    counted = (("COUNT(*)", "INTEGER"),)
    found = [select(dataset, names[:3], f"id = {number}", 1) for number in (17, 204, 1138, 5012)]
    found += [select(dataset, names, f"id > {number}", 1000) for number in (100, 2500)]
    found += [select(dataset, [group, value], rows=640), select(dataset, names[:2], f"{group} LIKE 'A%'", 88)]
    found.append(
        Statement(f"SELECT count(*) FROM {dataset.name}", _pretty(["COUNT(*)"], dataset.name), dataset, counted, 1)
    )
    found.append(
        Statement(
            f"SELECT {group}, count(*) FROM {dataset.name} GROUP BY {group}",
            _pretty([group, "COUNT(*)"], dataset.name, f"\nGROUP BY\n  {group}"),
            dataset,
            (dataset.columns[1], *counted),
            12,
        )
    )
    found.append(
        Statement(
            f"SELECT 1; SELECT count(*) FROM {dataset.name}",
            _pretty(["COUNT(*)"], dataset.name),
            dataset,
            counted,
            1,
            parts=2,
        )
    )
    table = f"tmp_{dataset.name}"
    found.append(
        Statement(
            f"SELECT * FROM {dataset.name}",
            f"CREATE TABLE {table} AS\nSELECT\n  *\nFROM {dataset.name}",
            dataset,
            (),
            0,
            table=table,
        )
    )
    return found


def failing(dataset: Dataset, table: str) -> Statement:
    """Return a SELECT from a table that does not exist, with the database's answer."""
    error = f'postgresql error: relation "{table}" does not exist\nLINE 3: FROM {table}\n             ^\n'
    return Statement(f"SELECT * FROM {table}", _pretty(["*"], table), dataset, (), 0, error=error)


ORDINARY = tuple(statement for dataset in DATASETS for statement in _ordinary(dataset))
HARMLESS = tuple(statement for statement in ORDINARY if not statement.phi)
FAILING = tuple(failing(dataset, f"{dataset.name}_old") for dataset in DATASETS if not dataset.phi)
UNREADABLE = Statement("SELEC ward FROM bed_days", None, DATASETS[6], (), 0)
PATIENT_LIST = select(DATASETS[0], ["id", "full_name", "diagnosis", "ssn"], "diagnosis = 'E11'", 214)
ADMISSIONS = select(DATASETS[0], ["id", "full_name", "admitted_on"], "admitted_on >= '2025-01-01'", 873)
