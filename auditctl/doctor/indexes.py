"""Whether an index would spare auditctl a scan of the log."""

from __future__ import annotations

from auditctl.doctor.model import IndexAdvice, TableState

_LARGE = 1_000_000


def advise(table: TableState, present: tuple[tuple[str, ...], ...], dialect: str) -> IndexAdvice:
    """Return the advice for `logs`, which has the indexes `present` beside its key, in any Superset none on dttm."""
    if any(columns[:1] == ("dttm",) for columns in present):
        return IndexAdvice(present, "An index on dttm is there already.", None)
    if table.rows.rows <= _LARGE:
        return IndexAdvice(present, "A window is read by a scan of logs, which is quick: no index is needed.", None)
    if dialect == "postgresql":
        return IndexAdvice(
            present,
            "A window is read by a scan of logs. A block range index on dttm spares most of it: some kilobytes, built"
            " in one read of the table without locking it, next to no cost on insert. Ask the DBA of Superset; auditctl"
            " creates nothing.",
            "CREATE INDEX CONCURRENTLY logs_dttm_brin ON logs USING brin (dttm)",
        )
    return IndexAdvice(
        present,
        "A window is read by a scan of logs. No index spares it here: rows whose time is none are looked for too.",
        None,
    )
