"""A look into a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pypdf


def dictionaries(reader: pypdf.PdfReader) -> Iterator[dict[str, Any]]:
    """Yield every dictionary of a PDF, those of streams included."""
    for number in range(1, int(str(reader.trailer["/Size"]))):
        found = reader.get_object(number)
        if isinstance(found, dict):
            yield found
