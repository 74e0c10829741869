"""How far long work is: a line that is rewritten in a terminal and in JupyterLab, nothing in logs and scripts."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SILENT = "CLVLAB_SILENT"  # set where a scheduler or a report runs


def wanted() -> bool:
    """Whether somebody is there to see it: a terminal, or a notebook that is not run by a report."""
    if os.environ.get(SILENT):
        return False
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = None if shell is None else shell.get_ipython()
    return running is not None and hasattr(running, "kernel")


@contextmanager
def steps(total: int, doing: str) -> Iterator[Callable[[str], None]]:
    """Tell each step as it begins, of so many.

    Parameters
    ----------
    total : int
    doing : str
        What all of it is, in a word or two.

    Examples
    --------
    >>> with steps(2, "fitting") as tell:
    ...     tell("BG/NBD")
    ...     tell("Pareto/NBD")
    """
    if not wanted():
        yield lambda _: None
        return
    from tqdm import tqdm

    with tqdm(total=total, desc=doing, leave=False, file=sys.stderr, dynamic_ncols=True) as bar:
        begun = False

        def tell(what: str) -> None:
            nonlocal begun
            bar.update(int(begun))
            begun = True
            bar.set_postfix_str(what)

        yield tell
