"""Notebooks by name: those that come with the package, and those added from outside."""

from pathlib import Path

from clvlab.errors import InputError

_added: dict[str, Path] = {}


def shipped() -> dict[str, Path]:
    """Notebooks of the source tree clvlab is installed from, else those inside the package, by name.

    Examples
    --------
    >>> list(shipped())[:3]
    ['actions', 'audit', 'churn']
    """
    package = Path(__file__).resolve().parent
    for folder in (package.parent / "notebooks", package / "_notebooks"):
        found = notebooks_in(folder)
        if found:
            return found
    return {}


def notebooks_in(folder: Path) -> dict[str, Path]:
    """Notebooks of a folder, by name."""
    return {path.stem: path for path in sorted(folder.glob("*.ipynb"))}


def add_notebook(notebook: str | Path) -> None:
    """Add a notebook, so that ``clvlab report NAME`` finds it by its name without extension.

    Raises
    ------
    InputError
        There is no such notebook, or its name is taken.
    """
    path = Path(notebook).resolve()
    if path.suffix != ".ipynb" or not path.is_file():
        raise InputError(f"A page is shown by its notebook, an .ipynb file; there is none at {notebook}.")
    taken = {**shipped(), **_added, "index": Path("index.html")}
    if taken.get(path.stem, path) != path:
        raise InputError(f"The name of a notebook is taken once, and {path.stem} is taken: rename {path.name}.")
    _added[path.stem] = path


def forget_notebook(notebook: str | Path) -> None:
    """Undo ``add_notebook``.

    Raises
    ------
    KeyError
        It was not added.
    """
    del _added[Path(notebook).stem]


def added() -> dict[str, Path]:
    """Notebooks added from outside, by name."""
    return dict(_added)
