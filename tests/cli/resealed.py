"""A pack whose files somebody changed together with everything that says what they should be."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def reseal(folder: Path) -> None:
    """Write manifest.json and SHA256SUMS anew over the files as they are."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        data = (folder / entry["path"]).read_bytes()
        entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        if "rows" in entry:
            entry["rows"] = data.count(b"\n") - 1  # for files without an end of line inside quotes
    files = {entry["path"]: entry for entry in manifest["files"]}
    for name, said in manifest["evidence"].items():
        rows, flagged = (files[f"evidence/{name}/{file}.csv"] for file in ("rows", "exceptions"))
        said |= {"rows": rows["rows"], "sha256": rows["sha256"], "flagged": flagged["rows"]}
    text = json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=True) + "\n"
    (folder / "manifest.json").write_text(text, encoding="ascii")
    sums = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    sums["manifest.json"] = hashlib.sha256(text.encode()).hexdigest()
    lines = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(sums.items()))
    (folder / "SHA256SUMS").write_text(lines, encoding="ascii")


def change_report(folder: Path, query: str, **changes: Any) -> None:
    """Change what report.json says of a query's evidence, wherever it says it."""
    path = folder / "report.json"
    report = json.loads(path.read_bytes())
    for control in report["controls"]:
        for test in control["tests"]:
            if test["evidence"]["folder"] == f"evidence/{query}":
                test["evidence"] |= changes
    path.write_text(json.dumps(report), encoding="utf-8")


def change_query(folder: Path, query: str, old: str, new: str) -> None:
    """Change the SQL of a query, and the hash that report.json has of it."""
    path = folder / "evidence" / query / "query.sql"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    change_report(folder, query, query_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
