"""Makes Apache Superset record what auditors ask for: sign-ins, changes of access, refused acts, SQL, exports."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

__version__ = "0.1.0"


def configure(namespace: MutableMapping[str, Any]) -> None:
    """Switch the recorder on: the last line of `superset_config.py` is `configure(globals())`.

    Raises:
        ConfigError: a setting `AUDIT_*` is wrong.
    """
    from superset_audit_recorder import install  # the commands of this package run without Superset

    install.configure(namespace)
