"""Whether an index would spare auditctl a scan of the log."""

from __future__ import annotations

from auditctl.doctor.model import IndexAdvice, TableState

_LARGE = 1_000_000


def advise(table: TableState, present: tuple[tuple[str, ...], ...], dialect: str, time: str = "dttm") -> IndexAdvice:
    """Return the advice for `logs`, whose indexes beside its key are `present`: in any Superset none is on its time."""
    if any(columns[:1] == (time,) for columns in present):
        return IndexAdvice(present, f"An index on {time} is there already.", None)
    if table.rows.rows <= _LARGE:
        return IndexAdvice(present, "A window is read by a scan of logs, which is quick: no index is needed.", None)
    if dialect == "postgresql":
        return IndexAdvice(
            present,
            f"A window is read by a scan of logs. A block range index on {time} spares most of it: some kilobytes,"
            " built in one read of the table without locking it, next to no cost on insert. Ask the DBA of Superset;"
            " auditctl creates nothing.",
            f"CREATE INDEX CONCURRENTLY logs_{time}_brin ON logs USING brin ({time})",
        )
    return IndexAdvice(
        present,
        "A window is read by a scan of logs. No index spares it here: rows whose time is none are looked for too.",
        None,
    )
