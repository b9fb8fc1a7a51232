"""Changes of accounts, roles and groups, whichever way they are made: REST, pages, command line, role sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from superset_audit_recorder.events import commits
from superset_audit_recorder.events.requests import circumstances
from superset_audit_recorder.record import Record
from superset_audit_recorder.recorder import Recorder

_KEPT_IN: Final = "superset_audit_recorder.before"
# Each link is told once: with the account, else with the group, else with the role.
_FIELDS: Final = {
    "User": (("username", "first_name", "last_name", "email", "active", "password"), ("roles", "groups")),
    "Role": (("name",), ("permissions",)),
    "Group": (("name", "label", "description"), ("roles",)),
}
# The other ends of those links, by which the same can be changed; a deleted object also tells these.
_OTHER_ENDS: Final = {"User": (), "Role": ("user", "groups"), "Group": ("users",)}
_TOLD_AS: Final = {"user": "users"}

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What one flush did to one object. `before` is None for a new one, `after` for a deleted one."""

    kind: str
    key: int
    before: State | None
    after: State | None
    fields: Mapping[str, Any]


def listen(target: Any, recorder: Recorder) -> None:
    """Keep what the sessions of `target` change, until they commit."""

    @event.listens_for(target, "before_flush")
    def before(session: Session, *_: Any) -> None:
        with recorder.guarded("a change of access"):
            found = {
                thing: None if thing in session.new else _state(session, thing, deleted=thing in session.deleted)
                for thing in _touched(session)
            }
            if found:
                session.info[_KEPT_IN] = (found, circumstances())

    @event.listens_for(target, "after_flush")
    def after(session: Session, *_: Any) -> None:
        states, fields = session.info.pop(_KEPT_IN, ({}, {}))
        with recorder.guarded("a change of access"):
            for thing, old in states.items():
                new = None if thing in session.deleted else _state(session, thing)
                if old != new:
                    key = (old or new or {})["id"]
                    commits.add(session, Change(_kind(thing) or "", key, old, new, fields))


def records(changes: list[Change]) -> Iterator[Record]:
    """Yield one record per object that a transaction changed, in the order of the first change."""
    merged: dict[tuple[str, int], Change] = {}
    for change in changes:
        first = merged.get((change.kind, change.key), change)
        merged[change.kind, change.key] = Change(change.kind, change.key, first.before, change.after, first.fields)
    for change in merged.values():
        old, new = change.before, change.after
        told = _compare(old or {}, new or {})
        if told:
            verb = "Created" if old is None else "Deleted" if new is None else "Updated"
            state = new or old or {}
            yield Record(
                f"{change.kind}{verb}",
                "succeeded",
                target_type=change.kind.lower(),
                target_id=change.key,
                target_name=state["username" if change.kind == "User" else "name"],
                changes=told,
                **change.fields,
            )


def _compare(old: State, new: State) -> dict[str, dict[str, Any]]:
    """Return the fields that differ; a list that is not there is an empty one."""
    told = {}
    for name in (*old, *(name for name in new if name not in old)):
        before, after = old.get(name), new.get(name)
        if isinstance(before, list) or isinstance(after, list):
            before, after = before or [], after or []
        if name != "id" and before != after:
            told[name] = {"before": before, "after": after}
    return told


def _kind(thing: Any) -> str | None:
    """Return which of the three a model is, also of a class of the site's own; None for all others."""
    model: type = type(thing)
    return _kind_of(model)


@cache  # asked for every object of every flush
def _kind_of(model: type) -> str | None:
    names = {base.__name__: base.__module__ for base in model.__mro__}
    return next((kind for kind in _FIELDS if names.get(kind, "").startswith("flask_appbuilder.security")), None)


def _touched(session: Session) -> list[Any]:
    found: dict[int, Any] = {}
    for thing in (*session.new, *session.dirty, *session.deleted):
        kind = _kind(thing)
        if kind is None:
            continue
        plain, links = _FIELDS[kind]
        changed = set(inspect(thing).committed_state)
        if thing in session.new or thing in session.deleted or changed & {*plain, *links}:
            found[id(thing)] = thing
        for name in changed & {*_OTHER_ENDS[kind]}:
            history = inspect(thing).attrs[name].load_history()
            found |= {id(other): other for other in (*(history.added or ()), *(history.deleted or ()))}
    return list(found.values())


def _state(session: Session, thing: Any, *, deleted: bool = False) -> dict[str, Any] | None:
    """Return what the database holds of an object within this transaction; None where that is nothing."""
    kind, mapper = _kind(thing) or "", inspect(type(thing))
    key = mapper.primary_key_from_instance(thing)[0]
    plain, links = _FIELDS[kind]
    table = (
        mapper.local_table if "username" in mapper.local_table.c or kind != "User" else mapper.base_mapper.local_table
    )
    row = session.execute(select(*(table.c[name] for name in plain)).where(table.c.id == key)).first()
    if row is None:
        return None
    state = {"id": key, **dict(zip(plain, row, strict=True))}
    if state.get("password") is not None:
        state["password"] = sha256(state["password"].encode()).hexdigest()  # told apart here, hidden by the policy
    for name in (*links, *(_OTHER_ENDS[kind] if deleted else ())):
        if name in mapper.relationships:
            state[_TOLD_AS.get(name, name)] = _members(session, mapper.relationships[name], key)
    return state


def _members(session: Session, link: Any, key: int) -> list[str]:
    """Return the names at the other end of a link, sorted."""
    other, between = link.mapper.local_table, link.secondary
    (_, own_column), (other_key, other_column) = link.synchronize_pairs[0], link.secondary_synchronize_pairs[0]
    if "permission_view_id" in between.c:
        permission = link.mapper.relationships["permission"].mapper.local_table
        view = link.mapper.relationships["view_menu"].mapper.local_table
        joined = (
            between.join(other, other_key == other_column)
            .join(permission, permission.c.id == other.c.permission_id)
            .join(view, view.c.id == other.c.view_menu_id)
        )
        query = select(permission.c.name + " on " + view.c.name).select_from(joined)
    else:
        name = other.c["username" if "username" in other.c else "name"]
        query = select(name).select_from(between.join(other, other_key == other_column))
    return sorted(session.execute(query.where(own_column == key)).scalars())
