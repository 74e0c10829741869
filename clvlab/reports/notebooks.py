"""Find notebooks and read them."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from clvlab.errors import InputError
from clvlab.notebooks import added, notebooks_in, shipped
from clvlab.reports.declared import Parameter, read_parameters
from clvlab.reports.shapes import Cell, Notebook


def notebooks_at_hand() -> dict[str, Path]:
    """Notebooks of ``notebooks`` below the working folder, else those that come with the package, by name."""
    found = notebooks_in(Path.cwd() / "notebooks") or shipped()
    if found:
        return found
    raise InputError("There are no notebooks: run in a folder that holds notebooks/, or name the .ipynb files.")


def find_notebooks(names: Sequence[str]) -> list[Path]:
    """Turn names into files.

    Parameters
    ----------
    names : sequence of str
        Names without extension, those of registered pages included, or paths ending in ``.ipynb``. None at all means
        every notebook of the folder.

    Raises
    ------
    InputError
        There is no such notebook, or two of the same name.
    """
    found = [] if names else list(notebooks_at_hand().values())
    for name in names:
        path = Path(name)
        if path.suffix == ".ipynb" and path.is_file():
            found.append(path.resolve())
            continue
        known = {**added(), **notebooks_at_hand()}
        stem = path.name.removesuffix(".ipynb")
        if stem not in known:
            near = get_close_matches(stem, list(known), n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise InputError(f"There is no notebook {name!r}.{hint} Known: {', '.join(known)}.")
        found.append(known[stem])
    stems = [path.stem for path in found]
    twice = [stem for stem in stems if stems.count(stem) > 1]
    if twice:
        raise InputError(f"Two notebooks would make the same page, {twice[0]}.html: name one of them only.")
    if "index" in stems:
        raise InputError("A notebook called index would overwrite the list of reports: rename it.")
    return found


def read_notebook(path: Path) -> Notebook:
    """Read a notebook file as the current notebook format."""
    import nbformat

    try:
        notebook: Notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        raise InputError(f"{path} is not a notebook that can be read: {error}") from error
    return notebook


def declared_in(path: Path) -> list[Parameter]:
    """The parameters of a notebook file, read as the JSON it is: nbformat takes a second to import.

    Raises
    ------
    InputError
        It is no notebook, or its parameters cell is not valid Python.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a notebook that can be read: {error}") from error
    for cell in cells:
        if cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", []):
            return read_parameters("".join(cell["source"]))
    return []


def has_tag(cell: Cell, *tags: str) -> bool:
    """Whether a cell carries one of these tags."""
    return bool(set(tags) & set(cell.metadata.get("tags", [])))
