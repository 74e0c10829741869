"""Checks of what a caller asks to plot."""

from collections.abc import Mapping, Sequence

from clvlab.errors import InputError


def known_of(of: Mapping[str, object], competitors: Sequence[str] | None) -> None:
    """Refuse what there is nothing of."""
    unknown = [key for key in competitors or () if key not in of]
    if unknown:
        raise InputError(f"There is nothing of {unknown[0]!r} to draw; there is of: {', '.join(of)}.")
