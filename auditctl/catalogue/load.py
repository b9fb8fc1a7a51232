"""The catalogue as a whole: every file read, every name resolved, every error of all files at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from auditctl.catalogue.action_rules import EXTENDED, ActionRule
from auditctl.catalogue.actions import read_actions, read_added
from auditctl.catalogue.capabilities import read_capabilities
from auditctl.catalogue.controls import read_framework
from auditctl.catalogue.document import Document, parse_document
from auditctl.catalogue.files import Folder, digest
from auditctl.catalogue.lock import read_lock
from auditctl.catalogue.model import CapabilityRule, Catalogue, Framework, Query, RelationSpec
from auditctl.catalogue.problems import Problems, shown_path
from auditctl.catalogue.queries import QueryFile, check_references, read_query
from auditctl.catalogue.relations import read_relations
from auditctl.errors import UsageError
from auditctl.resources import bundled

PROFILE = "superset"
MACROS = "macros"


def load_catalogue(extra: Path | None = None, root: Path | None = None) -> Catalogue:
    """Load what ships with auditctl (or lies in `root`), and the user's own queries and controls in `extra`.

    The SQL of a query is checked in full unless the lock knows its hash: it was checked when it was locked.

    Raises:
        CatalogueError: something in a file is wrong; it names everything that is, with `path:line`.
        UsageError: `extra` is no folder.
    """
    reading = read_all(extra, root)
    lock = read_lock(reading.root)
    reading.check_sql(known=lock.checked if lock else frozenset())
    reading.problems.raise_if_any()
    return reading.catalogue()


def read_all(extra: Path | None = None, root: Path | None = None) -> Reading:
    """Read and cross-check all files, noting what is wrong.

    Raises:
        UsageError: `extra` is no folder.
    """
    if extra is not None and not extra.is_dir():
        raise UsageError(f"no folder {shown_path(extra)}", hint="Give --catalogue a folder of .sql files.")
    problems = Problems()
    reading = Reading(
        problems,
        Folder(bundled("queries") if root is None else root, problems),
        Folder(extra, problems) if extra is not None else None,
    )
    reading.read()
    return reading


@dataclass(slots=True)
class Reading:
    """A catalogue while it is being read."""

    problems: Problems
    root: Folder
    extra: Folder | None
    files: list[QueryFile] = field(default_factory=list)
    frameworks: dict[str, Framework] = field(default_factory=dict)
    capabilities: dict[str, CapabilityRule] = field(default_factory=dict)
    actions: tuple[ActionRule, ...] = ()
    discriminators: dict[str, str] = field(default_factory=dict)
    own_actions: str = ""
    relations: dict[str, RelationSpec] = field(default_factory=dict)
    macros: str = ""

    def read(self) -> None:
        """Read every file, those first that others speak of."""
        tables = self._tables()
        self._read_relations(tables)
        if document := self._document(self.root, self.root.path / "actions.toml"):
            self.actions, self.discriminators = read_actions(document, self.problems)
        added = self.extra.path / "actions.toml" if self.extra else None
        if self.extra and added and added.exists() and (document := self._document(self.extra, added)):
            self.actions += read_added(document, self.problems, {rule.name for rule in self.actions})
            self.own_actions = document.text
        if document := self._document(self.root, self.root.path / "capabilities.toml"):
            names = {rule.name for rule in self.actions} | set(self.discriminators)
            names |= {f"extended:{rule.kind}" for rule in self.actions if rule.name.startswith(EXTENDED)}
            self.capabilities = read_capabilities(document, self.problems, tables, names)
        ids = self._read_queries()
        for file in self.files:
            check_references(file, self.relations, self.capabilities, ids)
        for folder in self._folders():
            for path in folder.control_paths():
                self._read_framework(folder, path, ids)

    def check_sql(self, known: frozenset[str] = frozenset()) -> None:
        """Check the SQL of every query whose hash is not `known`."""
        unchecked = [file for file in self.files if file.query.sha256 not in known]
        if unchecked:
            # Imports sqlglot and DuckDB, which a run over locked queries can do without.
            from auditctl.catalogue.sqlcheck import check_statements

            check_statements(unchecked, self.relations, self.problems)

    def catalogue(self) -> Catalogue:
        """Return what was read; only of use when there are no problems."""
        queries: dict[str, Query] = {file.query.id: file.query for file in self.files}
        hashes = [f"{name}\n{sha256}\n" for name, sha256 in self.root.hashes.items()]
        hashes += [f"extra/{name}\n{sha256}\n" for name, sha256 in self.extra.hashes.items()] if self.extra else []
        return Catalogue(
            queries=dict(sorted(queries.items())),
            frameworks=dict(sorted(self.frameworks.items())),
            capabilities=self.capabilities,
            actions=self.actions,
            discriminators=self.discriminators,
            relations=self.relations,
            macros=self.macros,
            own_actions=self.own_actions,
            sha256=digest("".join(sorted(hashes))),
        )

    def _folders(self) -> list[Folder]:
        return [self.root] if self.extra is None else [self.root, self.extra]

    def _document(self, folder: Folder, path: Path) -> Document | None:
        text = folder.read(path)
        return None if text is None else parse_document(path, text, self.problems)

    def _tables(self) -> tuple[str, ...]:
        document = self._document(self.root, self.root.path / "relations" / PROFILE / "tables.toml")
        return tuple(document.values) if document else ()

    def _read_relations(self, tables: tuple[str, ...]) -> None:
        paths = sorted((self.root.path / "relations" / PROFILE).glob("*.sql"))
        statements = {path.stem: self.root.read(path) or "" for path in paths}
        self.macros = statements.get(MACROS, "")
        document = self._document(self.root, self.root.path / "relations" / "schema.toml")
        if document is None:
            return
        self.relations = read_relations(document, self.problems, tables, statements)
        for path in paths:
            if path.stem not in (*self.relations, MACROS):
                self.problems.add(path, 1, "fills no relation of schema.toml; add it there or remove the file")
            elif not statements[path.stem].strip():
                self.problems.add(path, 1, "no statement; write one SELECT or remove the file")

    def _read_queries(self) -> set[str]:
        """Read the query files; return the ids of all of them, also of those that cannot be read."""
        seen: dict[str, Path] = {}
        for folder in self._folders():
            for path in folder.query_paths():
                text = folder.read(path)
                if text is None:
                    seen.setdefault(path.stem, path)
                    continue
                sha256 = digest(text)
                shipped = folder is self.root
                file = read_query(path, text, sha256, self.problems, area=folder.area(path), shipped=shipped)
                query_id = file.query.id if file and file.query.id else path.stem
                if query_id in seen:
                    message = f"query '{query_id}' is also in {shown_path(seen[query_id])}; give one another id"
                    line = file.header.document.line("id") if file else 1
                    self.problems.add(path, line, message)
                seen.setdefault(query_id, path)
                if file:
                    self.files.append(file)
        return set(seen)

    def _read_framework(self, folder: Folder, path: Path, ids: set[str]) -> None:
        document = self._document(folder, path)
        if document is None:
            return
        framework = read_framework(
            document,
            self.problems,
            queries={file.query.id: file.query for file in self.files},
            known=ids,
            capabilities=self.capabilities,
            sha256=folder.hashes[path.relative_to(folder.path).as_posix()],
            shipped=folder is self.root,
        )
        if framework.id in self.frameworks:
            other = shown_path(self.frameworks[framework.id].path)
            message = f"framework '{framework.id}' is also in {other}; give one another id"
            self.problems.add(path, document.line("framework", "id"), message)
        self.frameworks.setdefault(framework.id, framework)
