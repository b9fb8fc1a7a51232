"""How much rests on tickets that name no object: such a ticket covers whatever its account is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditctl.population.model import InputFile
from auditctl.population.relations import RelationWriter

_LINES = "SELECT count(*), count(*) FILTER (WHERE valid_until IS NULL) FROM tickets WHERE object IS NULL"
# As the queries count them: an account that is there and whose creation is in the log as well is one change; what is
# known to have failed is none, nor is somebody's own profile.
_RESTING = """
SELECT count(DISTINCT
    CASE WHEN e.verb = 'create' AND e.object_type = 'account' THEN 'ab_user:' || e.object_id ELSE a.source_ref END
)
FROM approvals AS a
CROSS JOIN run_context AS c
LEFT JOIN events AS e ON e.source_ref = a.source_ref
WHERE a.problem IS NULL AND NOT a.names_object AND a.occurred_at >= c.since AND a.occurred_at < c.until
    AND (
        e.source_ref IS NULL
        OR (e.event_outcome NOT IN ('failed', 'refused') AND coalesce(e.action, '') <> 'CurrentUserRestApi.put')
    )
"""


def note_tickets(files: Iterable[InputFile], writer: RelationWriter) -> Iterator[InputFile]:
    """Yield the files, that of the tickets with a note on its lines without an object and what rests on them.

    Counted are changes of the window. The file is left as it is where the run does not read it, or each line names one.
    """
    for file in files:
        if file.name == "tickets" and "approvals" in writer.files:
            ((lines, endless),) = writer.rows(_LINES)
            ((changes,),) = writer.rows(_RESTING)
            if lines:
                resting = "1 change rests on them" if changes == 1 else f"{changes:,} changes rest on them"
                named = f"{lines:,} of {file.rows:,} lines without an object, {endless:,} of them without a last day"
                file = replace(file, note=f"{named}; {resting}")
        yield file
