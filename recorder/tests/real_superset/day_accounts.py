"""The day: sign-ins, accounts, roles and groups. What each act must leave is worked out by hand, from what it does."""

from __future__ import annotations

from typing import Any

from .acts import Told, refused, told
from .client import Answer
from .server import ADMIN
from .story import GROUPS, HIDDEN, ROLES, USERS, Story, changed, permissions, run


def signing_in(story: Story) -> None:
    day, admin = story.day, story.person(ADMIN[0], "192.0.2.1")
    ghost, wrong = story.person("ghost", "198.51.100.9"), story.person("admin by hand")
    by: dict[str, Any] = dict(on=("user", "admin"), by="admin")
    day.sign_in(
        ghost, "CANARY-1", told("UserLoginFailed", "failed", "unknown_user", by="ghost", source_ip="198.51.100.9")
    )
    day.sign_in_api(ghost, "CANARY-2", 401, told("UserLoginFailed", "failed", "unknown_user", by="ghost"))
    day.sign_in(
        wrong, "CANARY-3", told("UserLoginFailed", "failed", "bad_password", **by, actor_id=1, user_id=1), name="admin"
    )
    day.sign_in(wrong, ADMIN[1], told("UserLoggedIn", **by, actor_id=1, user_id=1), name="admin")
    day.act(wrong, "sign-out", "GET", "/logout/", 302, told("UserLoggedOut", **by, actor_id=1, user_id=1))
    day.act(wrong, "sign-out, again", "GET", "/logout/", 302)
    day.sign_in(
        wrong,
        ADMIN[1],
        told("UserLoggedIn", on=("user", "admin"), by="admin@example.com", actor_id=1),
        name="admin@example.com",
    )
    day.sign_in_api(admin, ADMIN[1], 200, told("UserLoggedIn", **by, actor_id=1, source_ip="192.0.2.1"))
    day.act(wrong, "a page", "GET", "/superset/welcome/", 200)


def people(story: Story) -> None:
    day, admin = story.day, story.person("admin")
    listed = admin.ask("GET", f"{ROLES}?q=(page_size:100)").json()["result"]
    story.ids |= {f"role {role['name']}": role["id"] for role in listed}
    for name, first, roles in (
        ("alice", "Alice", ["Alpha", "sql_lab"]),
        ("bob", "Bob", ["Alpha"]),
        ("carol", "Carol", ["Gamma"]),
        ("dave", "Dave", ["Gamma"]),
        ("erin", "Erin", ["Gamma", "sql_lab"]),
    ):
        body = {
            "username": name,
            "first_name": first,
            "last_name": "Doe",
            "email": f"{name}@example.com",
            "active": True,
            "password": f"{name}-CANARY-1",
            "roles": [story.ids[f"role {role}"] for role in roles],
        }
        changes = {
            "username": changed(None, name),
            "first_name": changed(None, first),
            "last_name": changed(None, "Doe"),
            "email": changed(None, f"{name}@example.com"),
            "active": changed(None, True),
            "password": {"before": None, "after": "***"},
            "roles": changed([], roles),
        }
        made = told("UserCreated", on=("user", name), by="admin", changes=changes, actor_id=1)
        story.make(admin, f"user {name}", USERS, f"user {name}", body, made)
    for name in ("alice", "bob", "carol", "dave", "erin"):
        who = story.person(name, f"192.0.2.{10 + len(name)}")
        user = story.ids[f"user {name}"]
        day.sign_in(who, f"{name}-CANARY-1", told("UserLoggedIn", on=("user", name), by=name, actor_id=user))


def administration(story: Story) -> None:
    day, ids, admin = story.day, story.ids, story.person("admin")
    role = {name: ids[f"role {name}"] for name in ("Gamma", "Alpha", "Admin")}

    def put(label: str, path: str, body: dict[str, Any], *rows: Told, method: str = "PUT", wanted: int = 200) -> Answer:
        return day.act(admin, label, method, path, wanted, *rows, json_body=body)

    def user(called: str, by: str = "admin", /, **changes: Any) -> Told:
        return told("UserUpdated", on=("user", called), by=by, target_id=ids[f"user {called}"], changes=changes)

    def has(kind: str, verb: str, called: str, /, **changes: Any) -> Told:
        return told(f"{kind}{verb}", on=(kind.lower(), called), by="admin", changes=changes)

    carol, dave = f"{USERS}{ids['user carol']}", f"{USERS}{ids['user dave']}"
    put("give a role", carol, {"roles": [role["Gamma"], role["Admin"]]},
        user("carol", roles=changed(["Gamma"], ["Admin", "Gamma"])))  # fmt: skip
    put("take it back", carol, {"roles": [role["Gamma"]]}, user("carol", roles=changed(["Admin", "Gamma"], ["Gamma"])))
    put("the same roles again", carol, {"roles": [role["Gamma"]]})
    put("reset a password", carol, {"password": "carol-CANARY-2"}, user("carol", password=HIDDEN))
    put("another address", carol, {"email": "c@example.com"},
        user("carol", email=changed("carol@example.com", "c@example.com")))  # fmt: skip
    day.act(story.person("alice"), "change the own password", "PUT", "/api/v1/me/", 200,
            user("alice", "alice", password=HIDDEN), json_body={"password": "alice-CANARY-Longer-2"})  # fmt: skip
    story.make(admin, "role", ROLES, "auditors", {"name": "auditors"}, has("Role", "Created", "auditors",
               name=changed(None, "auditors")))  # fmt: skip
    auditors = f"{ROLES}{ids['auditors']}"
    pairs = permissions(admin)
    may = ["can_read on Chart", "can_read on Dashboard"]
    put("its permissions", f"{auditors}/permissions", {"permission_view_menu_ids": [pairs[name] for name in may]},
        has("Role", "Updated", "auditors", permissions=changed([], may)), method="POST")  # fmt: skip
    put("fewer permissions", f"{auditors}/permissions", {"permission_view_menu_ids": [pairs[may[0]]]},
        has("Role", "Updated", "auditors", permissions=changed(may, may[:1])), method="POST")  # fmt: skip
    put("another name", auditors, {"name": "reviewers"},
        has("Role", "Updated", "reviewers", name=changed("auditors", "reviewers")))  # fmt: skip
    put("its accounts", f"{auditors}/users", {"user_ids": [ids["user bob"], ids["user carol"]]},
        user("bob", roles=changed(["Alpha"], ["Alpha", "reviewers"])),
        user("carol", roles=changed(["Gamma"], ["Gamma", "reviewers"])))  # fmt: skip
    body = {
        "name": "oncall",
        "label": "On call",
        "description": "",
        "roles": [role["Alpha"]],
        "users": [ids["user dave"]],
    }
    story.make(admin, "group", GROUPS, "oncall", body,
        has("Group", "Created", "oncall", name=changed(None, "oncall"), label=changed(None, "On call"),
            description=changed(None, ""), roles=changed([], ["Alpha"])),
        user("dave", groups=changed([], ["oncall"])))  # fmt: skip
    put("another member", f"{GROUPS}{ids['oncall']}", {"users": [ids["user bob"]]},
        user("dave", groups=changed(["oncall"], [])), user("bob", groups=changed([], ["oncall"])))  # fmt: skip
    put("its roles", f"{GROUPS}{ids['oncall']}", {"roles": [role["Gamma"]]},
        has("Group", "Updated", "oncall", roles=changed(["Alpha"], ["Gamma"])))  # fmt: skip
    day.act(admin, "delete the group", "DELETE", f"{GROUPS}{ids['oncall']}", 200,
            has("Group", "Deleted", "oncall", name=changed("oncall", None), label=changed("On call", None),
                description=changed("", None), roles=changed(["Gamma"], []), users=changed(["bob"], [])))  # fmt: skip
    put("disable an account", dave, {"active": False}, user("dave", active=changed(True, False)))
    disabled = told("UserLoginFailed", "failed", "inactive", on=("user", "dave"), by="dave")
    again = story.person("dave again")
    day.sign_in(again, "dave-CANARY-1", disabled, name="dave")
    day.sign_in(again, "CANARY-4", disabled, name="dave")
    day.act(story.person("dave"), "his old session", "GET", "/api/v1/me/", 401,
            refused("not_signed_in", None, None, None))  # fmt: skip
    was: dict[str, Any] = {
        "username": changed("dave", None), "first_name": changed("Dave", None), "last_name": changed("Doe", None),
        "email": changed("dave@example.com", None), "active": changed(False, None),
        "password": {"before": "***", "after": None}, "roles": changed(["Gamma"], [])}  # fmt: skip
    gone = told("UserDeleted", on=("user", "dave"), by="admin", target_id=ids["user dave"], changes=was)
    day.act(admin, "delete an account", "DELETE", dave, 200, gone)
    day.act(admin, "delete the role", "DELETE", auditors, 200,
            has("Role", "Deleted", "reviewers", name=changed("reviewers", None),
                permissions=changed(may[:1], []), users=changed(["bob", "carol"], [])))  # fmt: skip
    bob = {"username": "bob", "first_name": "B", "last_name": "B", "email": "b@example.com", "active": True,
            "password": "CANARY-5", "roles": [role["Gamma"]]}  # fmt: skip
    put("an account that is there already", USERS, bob, method="POST", wanted=422)


def narrow_access(story: Story) -> None:
    """A person who may reach one table of a database sees the database, and is refused its other tables."""
    day, ids, admin = story.day, story.ids, story.person("admin")
    name = f"datasource_access on [clinic].[inventory](id:{ids['inventory']})"
    pairs = permissions(admin)
    row = told("RoleCreated", on=("role", "stock"), by="admin", changes={"name": changed(None, "stock")})
    story.make(admin, "role", ROLES, "stock", {"name": "stock"}, row)
    row = told("RoleUpdated", on=("role", "stock"), by="admin", changes={"permissions": changed([], [name])})
    day.act(admin, "its permission", "POST", f"{ROLES}{ids['stock']}/permissions", 200, row,
            json_body={"permission_view_menu_ids": [pairs[name]]})  # fmt: skip
    both = ["Gamma", "sql_lab"]
    row = told("UserUpdated", on=("user", "erin"), by="admin", changes={"roles": changed(both, [*both, "stock"])})
    roles = [ids["role Gamma"], ids["role sql_lab"], ids["stock"]]
    day.act(admin, "give it", "PUT", f"{USERS}{ids['user erin']}", 200, row, json_body={"roles": roles})
    sql = "SELECT ssn FROM patients"
    run(story, "erin", "sql00000008", sql, 500,
        refused("no_access", "database", "clinic", "erin", target_id=ids["db"], sql=sql))  # fmt: skip
    sql = "SELECT sku FROM inventory"
    row = told("StatementExecuted", on=("statement", None), by="erin", sql=sql, rows=30, database_name="clinic")
    run(story, "erin", "sql00000009", sql, 200, row)


def leaving(story: Story) -> None:
    day = story.day
    for name in ("alice", "bob", "carol"):
        row = told("UserLoggedOut", on=("user", name), by=name, actor_id=story.ids[f"user {name}"])
        day.act(story.person(name), "sign-out", "GET", "/logout/", 302, row)
