"""One way to add to the package from outside: a model, a competitor, a score, a page, words of a language.

``register`` takes the thing itself; what needs more than itself comes in one of the entries below.
"""

from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

from clvlab.errors import InputError
from clvlab.evaluation.competitors import field
from clvlab.evaluation.score_records import Score, forget_score, register_score
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.registry import register_model, unregister_model
from clvlab.notebooks import add_notebook, forget_notebook
from clvlab.pages.page import Page
from clvlab.words.catalogue import WordsError, forget_words, register_words


@dataclass(frozen=True)
class CompetitorEntry:
    """A competitor of ``clv.competitors.default()``.

    Attributes
    ----------
    id : str
        Its key there, and in results.
    make : callable
        Seed to model or competitor.
    naive : bool
        Whether it counts among the naive forecasts that models are held against.
    """

    id: str
    make: field.Make
    naive: bool = False


@dataclass(frozen=True)
class PageEntry:
    """A page, by the notebook that shows it.

    Attributes
    ----------
    notebook : path
        An ``.ipynb`` file. It imports its page, a subclass of ``clv.pages.Page``; its name without extension is the
        name of the report.
    """

    notebook: str | Path


@dataclass(frozen=True)
class WordsEntry:
    """Words of a language: a language of one's own, or what a score, competitor or page needs.

    Attributes
    ----------
    language : str
        Its code, such as ``"en"`` or ``"fr"``.
    folder : path
        TOML files like those of ``clvlab/words/en``; their entries take precedence.
    """

    language: str
    folder: str | Path


type Registrable = type[Model[Fit]] | CompetitorEntry | Score | PageEntry | WordsEntry

KINDS = "a model (subclass of Model), a Score, a CompetitorEntry, a PageEntry or a WordsEntry"


def register(thing: Registrable) -> None:
    """Add something from outside the package; it then stands wherever the package's own do.

    Parameters
    ----------
    thing : type of Model, CompetitorEntry, Score, PageEntry or WordsEntry
        A model's saved fits can be loaded; a competitor is in ``clv.competitors.default()``, a score a column of every
        table of comparisons made after; ``clvlab report`` finds a page's notebook by name; words are in their
        language's catalogue.

    Raises
    ------
    InputError
        It is none of these, incomplete, or its name is taken.

    Examples
    --------
    >>> from clvlab.evaluation import Score
    >>> worst = Score("worst", "purchases", ("expected",), "lower", "number2", lambda one: float(abs(one.error).max()))
    >>> register(worst)
    >>> unregister(worst)
    """
    if isinstance(thing, type):
        _only_models(thing)
        register_model(thing)
    else:
        _register(thing)


def unregister(thing: Registrable) -> None:
    """Undo ``register``.

    Raises
    ------
    InputError
        It was not registered.
    """
    if isinstance(thing, type):
        _only_models(thing)
        unregister_model(thing.__name__)
        return
    try:
        _unregister(thing)
    except (KeyError, ValueError) as error:
        raise InputError(f"{thing!r} was not registered.") from error


def _only_models(thing: type) -> None:
    if issubclass(thing, Page):
        raise InputError(f"A page is registered by the notebook that shows {thing.__name__}: PageEntry(notebook).")
    if not issubclass(thing, Model):
        raise InputError(f"register takes {KINDS}; found the class {thing.__name__}.")


@singledispatch
def _register(thing: object) -> None:
    raise InputError(f"register takes {KINDS}; found {thing!r}.")


@_register.register
def _(thing: CompetitorEntry) -> None:
    field.register_competitor(thing.id, thing.make, naive=thing.naive)


@_register.register
def _(thing: Score) -> None:
    register_score(thing)


@_register.register
def _(thing: PageEntry) -> None:
    add_notebook(thing.notebook)


@_register.register
def _(thing: WordsEntry) -> None:
    try:
        register_words(thing.language, thing.folder)
    except WordsError as error:
        raise InputError(str(error)) from error


@singledispatch
def _unregister(thing: object) -> None:
    raise InputError(f"unregister takes {KINDS}; found {thing!r}.")


@_unregister.register
def _(thing: CompetitorEntry) -> None:
    field.forget_competitor(thing.id)


@_unregister.register
def _(thing: Score) -> None:
    forget_score(thing.id)


@_unregister.register
def _(thing: PageEntry) -> None:
    forget_notebook(thing.notebook)


@_unregister.register
def _(thing: WordsEntry) -> None:
    forget_words(thing.language, thing.folder)
