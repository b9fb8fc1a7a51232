"""What the user declares: in the settings, by files, and what the source itself says beside."""

from __future__ import annotations

from types import MappingProxyType

from auditctl.population.capabilities import Declared
from auditctl.population.given import GivenFiles
from auditctl.population.model import Held
from auditctl.population.scopes import assertions
from auditctl.settings import Settings
from auditctl.source.interface import SourceFacts


def declared_by(settings: Settings, given: GivenFiles, facts: SourceFacts, *, audited: bool = False) -> Declared:
    """Return what the user gave, of the settings and the files that they name, and what the source itself declares.

    `audited` where the recorder's own database is read beside the source.
    """
    names = {f"scope_{scope.name}" for scope in settings.scopes if not scope.none}
    names |= {f"{file.name}_file" for file in given.files}
    if audited:
        names.add("audit_database")
    if settings.report.freezes:
        names.add("change_freezes")
    if settings.report.domains:
        names.add("domains")
    if settings.source.server_zone is not None:
        names.add("server_zone")
    if settings.source.in_service_since is not None:
        names.add("in_service_since")
    covers = None
    if given.covers is not None:
        reason = "management asserts that the sign-in file covers it"
        covers = Held(given.covers.since, given.covers.until, "file", reason)
    not_applicable = assertions(settings.scopes)
    if "is_sensitive" in facts.tables.get("dashboards", ()):
        names.add("scope_sensitive")
        not_applicable.pop("scope_sensitive", None)  # the source says otherwise
    return Declared(frozenset(names), covers, MappingProxyType(not_applicable))
