"""Packages that add to clvlab: found by their entry point in the group ``clvlab``, and imported once."""

from importlib.metadata import entry_points

_looked: list[bool] = []


def load_extensions() -> None:
    """Import the modules that installed packages name in the entry-point group ``clvlab``; these register things.

    A second call does nothing.
    """
    if not _looked:
        _looked.append(True)  # first, since what is imported may ask again
        for point in entry_points(group="clvlab"):
            point.load()
