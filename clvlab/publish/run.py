"""The run a notebook belongs to: its folder, what is recorded, and how things are shown."""

import html
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS_FILE = ".results.json"
_interactive_folder: Path | None = None
_results: dict[str, Any] = {}

# for JupyterLab; the page made by `clvlab report` has its own
_STYLE = """<style>
.clv-headline { font-size: 1.1em }
.clv-tiles.clv-tiles { display: flex; flex-wrap: wrap; gap: 1em; margin: .5em 0 }
.clv-tiles > div { border: 1px solid #8884; border-radius: 6px; padding: .5em 1em }
.clv-tiles.clv-tiles dt, .clv-tiles.clv-tiles dd {
  float: none; display: block; width: auto; margin: 0; padding: 0; font-weight: normal }
.clv-tiles.clv-tiles dt { font-size: .8em; opacity: .75 }
.clv-tiles.clv-tiles dd.clv-value { font-size: 1.6em; font-weight: 600 }
.clv-small, .clv-freshness, .clv-more, .clv-caption { font-size: .85em; opacity: .75 }
.clv-notice { border-left: 4px solid #5b7fa6; padding: .5em 1em }
.clv-warning { border-color: #b7791f }
.clv-error { border-color: #b3372f }
.clv-table caption { text-align: left; font-weight: 600 }
.clv-table.clv-table td, .clv-table.clv-table th { text-align: left }
.clv-table.clv-table td.num, .clv-table.clv-table th.num { text-align: right }
.clv-table td .clv-small { display: block }
</style>"""


def run_folder() -> Path:
    """Folder this notebook writes files to.

    Returns
    -------
    Path
        ``CLVLAB_RUN_DIR`` under ``clvlab report``; else ``reports/interactive/`` in the
        project's folder, or a temporary folder where that cannot be written.
    """
    global _interactive_folder
    given = os.environ.get("CLVLAB_RUN_DIR")
    if given:
        return Path(given)
    if _interactive_folder is None:
        # JupyterLab works in the folder of the notebook
        base = Path.cwd().parent if Path.cwd().name == "notebooks" else Path.cwd()
        folder = base / "reports" / "interactive"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix="clvlab-"))
        _interactive_folder = folder
    return _interactive_folder


def record(key: str, value: Any) -> None:
    """Keep something with the run's results.

    Parameters
    ----------
    key : str
        Its name; recording again replaces it.
    value : object
        Anything JSON can hold. NumPy numbers are taken; NaN becomes null.
    """
    _results[key] = _plain(value)
    folder = run_folder()
    text = json.dumps(_results, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / RESULTS_FILE).write_text(text, encoding="utf-8")


def recorded(key: str, default: Any) -> Any:
    """What was recorded under a key, or the default."""
    return _results.get(key, default)


def show(markup: str, *, role: str) -> None:
    """Display markup; its role tells the page where it belongs."""
    from IPython.display import display

    plain = html.unescape(re.sub(r"<[^>]+>", " ", markup))
    data = {"text/html": ("" if under_runner() else _STYLE) + markup, "text/plain": " ".join(plain.split())}
    display(data, raw=True, metadata={"clvlab": {"role": role}})


def under_runner() -> bool:
    """Whether ``clvlab report`` runs this notebook."""
    return bool(os.environ.get("CLVLAB_RUN_DIR"))


def previous_metrics() -> Mapping[str, Any]:
    """Headline numbers of the last good run, as they were written, and its day."""
    path = os.environ.get("CLVLAB_PREVIOUS")
    if not path or not Path(path).is_file():
        return {}
    found: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def _plain(value: Any) -> Any:
    """Turn into what JSON holds: NumPy numbers into Python's, NaN into null, dates into text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
