"""A new query file to begin with: it passes lint as it is, and lists every act of the window."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from auditctl.catalogue.files import NOT_AREAS
from auditctl.commit import opened_folder, write_whole
from auditctl.errors import UsageError
from auditctl.text import show

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SKELETON = """\
-- /// audit
-- id = "{id}"
-- version = 1
-- title = "{title}"
-- purpose = "Say in a sentence what a reader learns from the rows."
-- kind = "listing"  # indicator: flagged rows are items for review; deviation: flagged rows are exceptions
-- time = "period"
-- reads = ["events"]
-- requires = ["log_rows"]  # what a source must be able to hold; without it the answer is Not evidenced
-- denominator = "events"
-- key = ["source_ref"]
-- [parameters]
-- since = {{ type = "datetime", help = "Start, inclusive." }}
-- until = {{ type = "datetime", help = "End, exclusive." }}
-- [columns]
-- occurred_at = {{ label = "Time (UTC)", type = "datetime" }}
-- username = {{ label = "Account", type = "text" }}
-- verb = {{ label = "Act", type = "text" }}
-- object_name = {{ label = "Object", type = "text" }}
-- source_ref = {{ label = "Row", type = "text" }}
-- ///
SELECT occurred_at, username, verb, object_name, source_ref
FROM events
WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, source_ref
"""


def write_skeleton(folder: Path, name: str, area: str, taken: Collection[str]) -> Path:
    """Write `folder/area/name.sql` and return where it is; `-` and `_` in the name are the same.

    `taken` are the ids that it cannot have.

    Raises:
        UsageError: the name or the area cannot be one, or the name is taken.
        OutputError: the file exists or cannot be written; an existing file is left as it is.
    """
    query_id = name.replace("-", "_")
    for what, text in (("a query", query_id), ("an area", area)):
        if not _NAME.fullmatch(text):
            hint = "Use a-z, 0-9 and _, a letter first, at most 60"
            raise UsageError(f"'{show(text, 60)}' cannot be the name of {what}", hint=hint)
    if area in NOT_AREAS:
        raise UsageError(f"'{area}' is no area: it holds other files", hint="Name it otherwise")
    if query_id in taken:
        raise UsageError(f"there is a command '{query_id.replace('_', '-')}' already", hint="Choose another name")
    path = folder / area / f"{query_id}.sql"
    title = query_id.replace("_", " ").capitalize()
    with opened_folder(path.parent, make=True):
        write_whole(path, lambda file: file.write(_SKELETON.format(id=query_id, title=title).encode()))
    return path
