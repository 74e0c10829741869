"""Display of results: one line as ``repr``, a table and doubts when printed or shown in JupyterLab."""

from importlib import import_module
from typing import Protocol, cast


class _Showing(Protocol):
    title: str

    def text(self) -> str: ...
    def html(self) -> str: ...


class Shown:
    """What a result inherits to show itself. How is in ``clvlab.representations``, which is loaded when first needed:
    numbers know nothing of language.
    """

    def __init_subclass__(cls) -> None:
        """Let IPython show the whole of a class with a ``__repr__`` of its own too: it takes what stands nearest."""
        super().__init_subclass__()
        cls._repr_pretty_ = Shown._repr_pretty_  # type: ignore[method-assign]

    def __repr__(self) -> str:
        """Return one line."""
        return f"<{_of(self).title}>"

    def __str__(self) -> str:
        """Return the main table, under a line, and what speaks against it; fewer than 40 lines."""
        return _of(self).text()

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        del cycle
        printer.text(str(self))  # type: ignore[attr-defined]

    def _repr_html_(self) -> str:
        return _of(self).html()


def _of(result: object) -> _Showing:
    return cast(_Showing, import_module("clvlab.representations").showing(result))
