"""What a run depends on, in one number: where it is the same, the page would be the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import clvlab
from clvlab.reports.jobs import Job
from clvlab.reports.parameters import is_secret
from clvlab.reports.shapes import InputRecord


def fingerprint(job: Job, inputs: Sequence[InputRecord], versions: Mapping[str, str], hidden: str | None = None) -> str:
    """SHA-256 over notebook, parameters, languages, content of every input, library versions, and clvlab's own files.

    Secrets are left out: a new password changes no number. ``hidden`` tells by which key identifiers are hidden, if so.
    """
    told = {
        "notebook": hashlib.sha256(job.path.read_bytes()).hexdigest(),
        "parameters": {name: value for name, value in job.parameters.items() if not is_secret(name)},
        "languages": job.languages,
        "segment": job.segment,
        "inputs": [(each.get("parameter"), each["name"], each["sha256"]) for each in inputs],
        "versions": dict(versions),
        "package": _package(),
        "hidden": hidden,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


@cache
def _package() -> str:
    """Files of clvlab, code, words and tables, and the demo data beside them, by content and size."""
    digest = hashlib.sha256()
    root = Path(clvlab.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml", ".j2", ".css", ".js", ".json"):
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    for path in sorted((root.parent / "data" / "demo").rglob("*")):
        if path.is_file():
            digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()
