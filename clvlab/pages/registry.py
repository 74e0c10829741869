"""Pages from outside the package, by the name of their notebook."""

from pathlib import Path

from clvlab.errors import InputError
from clvlab.pages.page import Page

_added: dict[str, tuple[type[Page], Path]] = {}


def register_page(page_class: type[Page], notebook: str | Path) -> None:
    """Add a page from outside, so that ``clvlab report NAME`` finds its notebook by its name.

    Parameters
    ----------
    page_class : subclass of Page
        With ``title_key``; the notebook imports and shows it.
    notebook : path
        An ``.ipynb`` file; its name without extension is the name of the report.

    Raises
    ------
    InputError
        It is no page, there is no such notebook, or the name is taken.
    """
    if not (isinstance(page_class, type) and issubclass(page_class, Page) and page_class.title_key):
        raise InputError(f"A page is a subclass of clvlab.pages.Page with its title_key; found {page_class!r}.")
    path = Path(notebook).resolve()
    if path.suffix != ".ipynb" or not path.is_file():
        raise InputError(f"A page comes with its notebook, an .ipynb file; there is none at {notebook}.")
    if _added.get(path.stem, (page_class, path)) != (page_class, path):
        raise InputError(f"There is a page called {path.stem} already; give your notebook another name.")
    _added[path.stem] = page_class, path


def forget_page(name: str) -> None:
    """Undo ``register_page``.

    Raises
    ------
    InputError
        No page of that name was registered.
    """
    if name not in _added:
        raise InputError(f"No page called {name!r} was registered; registered are: {', '.join(_added) or 'none'}.")
    del _added[name]


def registered_notebooks() -> dict[str, Path]:
    """Notebooks of pages from outside, by name."""
    return {name: path for name, (_, path) in _added.items()}
