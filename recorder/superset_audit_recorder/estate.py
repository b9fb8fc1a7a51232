"""What processes that have ended left in the spool folder: taken over by one that runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from superset_audit_recorder.heartbeat import recorder_lost
from superset_audit_recorder.lane import Lane
from superset_audit_recorder.record import Record
from superset_audit_recorder.spool import Spool
from superset_audit_recorder.writer_file import SUFFIX, Numbers, dead_writer, mark_closed

_AT_ONCE: Final = 1000


def spool_path(folder: Path, writer: str, sink: str) -> Path:
    """Return where the records of a process wait for a sink."""
    return folder / f"{writer}.{sink}.spool"


def take_over(folder: Path, own: str, lanes: Mapping[str, Lane]) -> list[Record]:
    """Put what dead processes left waiting into the lanes of this one, and return a `RecorderLost` for each.

    Killed half-way, it begins anew: records may then come twice, with the same event_id, and none is left out. A
    process that closed as it should has nothing to report.
    """
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        writer = path.name.removesuffix(SUFFIX)
        if writer == own:
            continue
        with dead_writer(path) as numbers:
            if numbers is None:
                continue
            sinks = _inherit(folder, writer, numbers, lanes)
            if not numbers.closed:
                found.append(recorder_lost(writer, numbers, sinks))
            if any(folder.glob(f"{writer}.*.spool")):
                mark_closed(path)  # a sink that is no longer configured, or a full disk: what waits is kept
            else:
                path.unlink()
    return found


def _inherit(folder: Path, writer: str, numbers: Numbers, lanes: Mapping[str, Lane]) -> dict[str, dict[str, int]]:
    """Move spools into lanes, and return what became of the records, per sink."""
    sinks = {}
    for name, lane in lanes.items():
        left = Spool.left(spool_path(folder, writer, name))
        state, waiting = left.state, left.waiting
        given = numbers.enqueued + state.taken
        sinks[name] = {
            "delivered": state.delivered,
            "waiting": waiting,
            "refused": state.refused,
            "lost": max(0, given - state.delivered - state.refused - waiting),
        }
        while (lines := left.peek(_AT_ONCE)) and lane.offer(lines, taken=True):
            left.settle(lines)
        left.close(remove=not lines)
    return sinks
