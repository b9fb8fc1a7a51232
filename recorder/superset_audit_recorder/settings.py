"""The recorder's settings: the keys `AUDIT_*` of `superset_config.py`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

KINDS: Final = (
    "sign_in",
    "sign_in_failure",
    "sign_out",
    "user",
    "role",
    "group",
    "refusal",
    "statement",
    "export",
)
POLICIES: Final = ("full", "redacted", "hash")
_LONGEST_GATHERING: Final = 60
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class ConfigError(Exception):
    """A setting is wrong: Superset must not start as if it were recorded."""


def _home() -> Path:
    return Path(os.environ.get("SUPERSET_HOME") or Path.home() / ".superset")


@dataclass(frozen=True, slots=True)
class Settings:
    """What to record, and where to.

    Attributes:
        kinds: Which kinds of events are recorded; heartbeats name them.
        sql: What is kept of SQL text: `full`, `redacted` (no literals) or `hash` (no text). Secrets never.
        logs: Whether records go to Superset's table `logs`.
        database_uri: A separate audit database.
        webhook_url: Where records are posted; HTTPS, or HTTP to this host.
        webhook_token: The bearer token for it.
        json_lines: A file that lines are appended to; `-` is the standard output.
        kafka_servers: `host:port`, separated by commas.
        kafka_topic: The topic that records are sent to.
        kafka_options: Further settings of librdkafka, e.g. `security.protocol`.
        spool_dir: The folder that keeps what is not delivered yet; on a disk of this host that outlives restarts.
        queue_size: Records in memory, per process, before a request waits for the spool.
        gather_seconds: How long a record waits for others before they are delivered together.
        heartbeat_seconds: Between two heartbeats of a process.
        sensitive_actions: Superset's own actions that also go to the sinks other than `logs`.
        sensitive_dashboards: Dashboards, by id, short name or title: what reaches them goes there too.
        sensitive_datasets: Datasets, by id or name, likewise.
    """

    kinds: tuple[str, ...] = KINDS
    sql: str = "redacted"
    logs: bool = True
    database_uri: str | None = None
    webhook_url: str | None = None
    webhook_token: str | None = None
    json_lines: str | None = None
    kafka_servers: str | None = None
    kafka_topic: str | None = None
    kafka_options: Mapping[str, Any] = field(default_factory=dict)
    spool_dir: Path = field(default_factory=lambda: _home() / "audit-spool")
    queue_size: int = 10_000
    gather_seconds: float = 1.0
    heartbeat_seconds: int = 300
    sensitive_actions: tuple[str, ...] = ()
    sensitive_dashboards: tuple[int | str, ...] = ()
    sensitive_datasets: tuple[int | str, ...] = ()


_NAMES: Final = {f"AUDIT_{each.name.upper()}": each.name for each in fields(Settings)}


def read(config: Mapping[str, Any]) -> Settings:
    """Return the settings that a configuration of Superset holds.

    Raises:
        ConfigError: a key is unknown, or a value wrong; the text names the key and never a secret.
    """
    given = {key: config[key] for key in config if key.startswith("AUDIT_")}
    for key in sorted(given.keys() - _NAMES.keys()):
        near = get_close_matches(key, _NAMES, n=1)
        raise ConfigError(f"{key} is no setting of the recorder." + (f" Is {near[0]} meant?" if near else ""))
    found = Settings(**{_NAMES[key]: _checked(key, value) for key, value in given.items() if value is not None})
    others = found.database_uri or found.webhook_url or found.json_lines or found.kafka_servers
    if not found.logs and not others:
        raise ConfigError("AUDIT_LOGS is False and no other place is given: nothing would be recorded.")
    if not others and (found.sensitive_actions or found.sensitive_dashboards or found.sensitive_datasets):
        raise ConfigError("AUDIT_SENSITIVE_* needs a place other than logs, e.g. AUDIT_DATABASE_URI: none is given.")
    if (found.webhook_url is None) != (found.webhook_token is None):
        raise ConfigError("AUDIT_WEBHOOK_URL and AUDIT_WEBHOOK_TOKEN go together: give both or neither.")
    if found.database_uri is not None:
        _check_address(found.database_uri)
    if (found.kafka_servers is None) != (found.kafka_topic is None):
        raise ConfigError("AUDIT_KAFKA_SERVERS and AUDIT_KAFKA_TOPIC go together: give both or neither.")
    return found


def _checked(key: str, value: Any) -> Any:
    name = _NAMES[key]
    if name == "kinds":
        return _words(key, value, KINDS)
    if name == "sensitive_actions":
        return _words(key, value, None)
    if name in ("sensitive_dashboards", "sensitive_datasets"):
        return _objects(key, value)
    if name == "kafka_options":
        return _typed(key, value, dict, "a dictionary")
    if name == "sql":
        return _words(key, (value,), POLICIES)[0]
    if name == "logs":
        return _typed(key, value, bool, "True or False")
    if name in ("queue_size", "heartbeat_seconds"):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigError(f"{key} must be a whole number of at least 1.")
        return value
    if name == "gather_seconds":
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST_GATHERING:
            raise ConfigError(f"{key} must be a number of seconds from 0 to {_LONGEST_GATHERING}.")
        return float(value)
    if name == "spool_dir":
        return Path(value) if isinstance(value, Path) else Path(_text(key, value))
    if name == "webhook_url":
        return _url(key, _text(key, value))
    return _text(key, value)


def _typed(key: str, value: Any, kind: type, wanted: str) -> Any:
    if not isinstance(value, kind):
        raise ConfigError(f"{key} must be {wanted}.")
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{key} must be a text that is not empty, or None.")
    return value


def _words(key: str, value: Any, known: Collection[str] | None) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Collection) or not all(isinstance(word, str) for word in value):
        raise ConfigError(f"{key} must be a list of texts.")
    for word in value:
        if known is not None and word not in known:
            raise ConfigError(f"{key}: {word!r} is none of {', '.join(known)}.")
    return tuple(value)


def _objects(key: str, value: Any) -> tuple[int | str, ...]:
    if isinstance(value, str) or not isinstance(value, Collection):
        raise ConfigError(f"{key} must be a list of ids and names.")
    if not all(isinstance(each, (int, str)) and not isinstance(each, bool) for each in value):
        raise ConfigError(f"{key} must be a list of ids (numbers) and names (texts).")
    return tuple(value)


def _check_address(uri: str) -> None:
    """Refuse, at the start and without showing it, what is no address of a database."""
    try:
        make_url(uri)
    except ArgumentError:
        raise ConfigError("AUDIT_DATABASE_URI is no address of a database.") from None


def _url(key: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{key} must be an HTTPS address.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigError(
            f"{key} must begin with https:// unless it is on this host: records would travel in the clear."
        )
    if parts.username or parts.password:
        raise ConfigError(f"{key} must not hold a password; give AUDIT_WEBHOOK_TOKEN.")
    return value
