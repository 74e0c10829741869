"""Turn what the command line asks for into jobs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from clvlab.reports.jobs import Job
from clvlab.reports.notebooks import declared_in
from clvlab.reports.parameters import assign


def jobs_asked(
    paths: Sequence[Path],
    given: Sequence[str],
    *,
    orders: str | None = None,
    languages: Sequence[str] = ("en",),
    warn: Callable[[str], None] = lambda _: None,
) -> list[Job]:
    """A job for each notebook.

    Parameters
    ----------
    paths : sequence of Path
        Notebooks, in order.
    given : sequence of str
        ``NAME=VALUE`` texts.
    orders : str, optional
        Orders file for every notebook that takes one.
    languages : sequence of str
        Of pages whose notebook is given none. A notebook runs once for all of them.
    warn : callable, optional
        Told of parameters that are left out of a notebook.

    Raises
    ------
    InputError
        Parameters nobody knows or of the wrong type, before anything heavy is imported.
    """
    declared = {path.stem: declared_in(path) for path in paths}
    values = assign(declared, given, orders=orders, language=languages[0], warn=warn)
    return [Job(path, declared[path.stem], values[path.stem], languages, path.stem) for path in paths]
