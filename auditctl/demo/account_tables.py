"""Fills `ab_*`: accounts, roles, the group and permissions."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from auditctl.demo.people import GROUP, PEOPLE, ROLES
from auditctl.demo.permissions import grants
from auditctl.demo.tables import insert, links, times
from auditctl.demo.timeline import stamp
from auditctl.demo.world import World


def fill_accounts(database: sqlite3.Connection, world: World) -> None:
    """Fill `ab_*`: accounts as their counters ended, roles, the group, permissions."""
    people = [person for person in PEOPLE if not person.deleted]
    role_id = {name: number for number, name in enumerate(ROLES, 1)}
    records = []
    for person in people:
        account = world.accounts[person.id]
        first = person.id == 1
        records.append(
            {
                "id": person.id,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "username": person.username,
                "password": "x",
                "active": int(person.active),
                "email": person.email,
                "last_login": None if account.last_login is None else stamp(account.last_login),
                "login_count": account.login_count,
                "fail_login_count": account.fail_login_count,
                **times(account.version),
                **({"created_by_fk": None, "changed_by_fk": None} if first else {}),
            }
        )
    insert(database, "ab_user", records)
    insert(database, "ab_role", ({"id": number, "name": name} for name, number in role_id.items()))
    member_of = ((person.id, role_id[role]) for person in people for role in person.roles)
    insert(database, "ab_user_role", links("user_id", "role_id", member_of))
    group, label, role, member = GROUP
    insert(database, "ab_group", [{"id": 1, "name": group, "label": label, "description": ""}])
    insert(database, "ab_group_role", links("group_id", "role_id", [(1, role_id[role])]))
    members = [(person.id, 1) for person in people if person.username == member]
    insert(database, "ab_user_group", links("user_id", "group_id", members))
    _fill_permissions(database, role_id)


def _fill_permissions(database: sqlite3.Connection, role_id: Mapping[str, int]) -> None:
    granted = grants()
    names = {name: number for number, name in enumerate(dict.fromkeys(name for name, _, _ in granted), 1)}
    views = {view: number for number, view in enumerate(dict.fromkeys(view for _, view, _ in granted), 1)}
    insert(database, "ab_permission", ({"id": number, "name": name} for name, number in names.items()))
    insert(database, "ab_view_menu", ({"id": number, "name": name} for name, number in views.items()))
    pairs = ((names[name], views[view]) for name, view, _ in granted)
    insert(database, "ab_permission_view", links("permission_id", "view_menu_id", pairs))
    held = ((number, role_id[role]) for number, (_, _, roles) in enumerate(granted, 1) for role in roles)
    insert(database, "ab_permission_view_role", links("permission_view_id", "role_id", held))
