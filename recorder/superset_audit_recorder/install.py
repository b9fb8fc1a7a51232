"""Puts the recorder into Superset's configuration, around what is configured there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final

from flask import Flask, Response
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from superset.utils.log import DBEventLogger

from superset_audit_recorder.event_logger import RecordingEventLogger
from superset_audit_recorder.events import (
    changes,
    commits,
    exports,
    refusals,
    requests,
    sensitive,
    sign_ins,
    statements,
    streams,
)
from superset_audit_recorder.events.security import AuditSecurityManagerMixin
from superset_audit_recorder.pipeline import Pipeline
from superset_audit_recorder.recorder import EXTENSION, Recorder
from superset_audit_recorder.settings import ConfigError, Settings, read
from superset_audit_recorder.sinks import Sink
from superset_audit_recorder.sinks.database import DatabaseSink
from superset_audit_recorder.sinks.jsonlines import JsonLinesSink
from superset_audit_recorder.sinks.kafka import KafkaSink
from superset_audit_recorder.sinks.logs import LogsSink
from superset_audit_recorder.sinks.webhook import WebhookSink

Hook = Callable[..., Any] | None
_MOVED: Final = 300
"""Answers from this number on may be refusals; those below are looked at only if they are files."""


def configure(namespace: MutableMapping[str, Any]) -> None:
    """Set EVENT_LOGGER, CUSTOM_SECURITY_MANAGER, QUERY_LOGGER and FLASK_APP_MUTATOR; those that were set still work.

    Raises:
        ConfigError: a setting `AUDIT_*` is wrong, or this is called a second time.
    """
    settings = read(namespace)
    inner = namespace.get("EVENT_LOGGER") or DBEventLogger()
    if isinstance(inner, RecordingEventLogger):
        raise ConfigError("The recorder is configured twice: call configure(globals()) once, at the end.")
    if inspect.isclass(inner):
        inner = inner()
    namespace["EVENT_LOGGER"] = RecordingEventLogger(inner)
    namespace["CUSTOM_SECURITY_MANAGER"] = _manager(namespace.get("CUSTOM_SECURITY_MANAGER"))
    namespace["QUERY_LOGGER"] = _query_logger(namespace.get("QUERY_LOGGER"))
    namespace["FLASK_APP_MUTATOR"] = _mutator(settings, inner, namespace.get("FLASK_APP_MUTATOR"))


def _manager(configured: type | None) -> type:
    if configured is None:
        from superset.security import SupersetSecurityManager

        configured = SupersetSecurityManager
    return type("RecordingSecurityManager", (AuditSecurityManagerMixin, configured), {})


def _query_logger(configured: Hook) -> Callable[..., Any]:
    def log_query(database: Any, query: str, *arguments: Any, **named: Any) -> Any:
        with suppress(ArgumentError):  # an address that cannot be read: the export goes without its SQL
            url = database if isinstance(database, URL) else make_url(str(database))
            requests.act().statements.append((url.get_backend_name(), query))
        return configured(database, query, *arguments, **named) if configured else None

    return log_query


def _mutator(settings: Settings, inner: Any, configured: Hook) -> Callable[[Flask], None]:
    def mutate(app: Flask) -> None:
        if configured:
            configured(app)
        _install(app, settings, inner)

    return mutate


def _install(app: Flask, settings: Settings, inner: Any) -> None:
    from superset import db

    pipeline = Pipeline(
        _sinks(app, settings, inner),
        settings.spool_dir,
        size=settings.queue_size,
        kinds=settings.kinds,
        beat=settings.heartbeat_seconds,
        gather=settings.gather_seconds,
    )
    recorder = Recorder(settings, pipeline.enqueue)
    app.extensions[EXTENSION] = recorder
    changes.listen(db.session, recorder)
    statements.listen(db.session, recorder)
    commits.listen(db.session, recorder, lambda items: _tell(recorder, items))
    sign_ins.listen(app, recorder)

    # Not before the first request: the commands that set Superset up also make an application.
    def begin() -> None:
        with recorder.guarded("a request"):
            pipeline.start()
            requests.begin()

    def finish(response: Response) -> Response:
        shown = response.status_code < _MOVED and "Content-Disposition" not in response.headers
        if not shown or requests.act().sensitive is not None:
            with recorder.guarded("a request"), db.session.no_autoflush:
                _observe(recorder, response)
        return response

    # The first of all: another one may answer the request itself.
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
    app.teardown_request(requests.end)


def _sinks(app: Flask, settings: Settings, inner: Any) -> list[Sink]:
    found: list[Sink] = []
    if settings.logs:
        found.append(LogsSink(app, inner))
    if settings.database_uri:
        found.append(DatabaseSink(settings.database_uri))
    if settings.webhook_url and settings.webhook_token:
        found.append(WebhookSink(settings.webhook_url, settings.webhook_token))
    if settings.json_lines:
        found.append(JsonLinesSink(settings.json_lines))
    if settings.kafka_servers and settings.kafka_topic:
        found.append(KafkaSink(settings.kafka_servers, settings.kafka_topic, settings.kafka_options))
    return found


def _observe(recorder: Recorder, response: Response) -> None:
    """Record what an answer says: a refusal, else a statement that did not parse, an export, or a sensitive act."""
    refusal = sign_ins.throttled(response) or sign_ins.turned_away(response) or refusals.refused(response)
    if refusal is not None:
        recorder.record(refusal)
        return
    exported = exports.exported(response)
    if exported is not None and streams.is_stream(response, exported[0]):
        streams.watch(response, recorder, *exported)
        return
    found = statements.unparsed(response) or exported or sensitive.acted(response)
    if found is not None:
        recorder.record(*found)


def _tell(recorder: Recorder, items: list[Any]) -> None:
    """Record what a transaction has committed."""
    for record in changes.records([item for item in items if isinstance(item, changes.Change)]):
        recorder.record(record)
    for record, backend in (item for item in items if not isinstance(item, changes.Change)):
        requests.act().ran_statement = True
        recorder.record(record, backend)
