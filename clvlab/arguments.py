"""Checks of arguments: an error names the argument, what was found and what is accepted."""

import math
from numbers import Integral, Real

from clvlab.errors import InputError


def _found(value: object) -> str:
    shown = repr(value)
    return f"{shown if len(shown) <= 60 else shown[:57] + '...'} (a {type(value).__name__})"


def number(value: object, argument: str, *, above: float | None = None, least: float | None = None,
           most: float | None = None, example: str = "39") -> float:  # fmt: skip
    """A finite number within bounds.

    Examples
    --------
    >>> number(39, "horizon", above=0)
    39.0
    >>> number("39 weeks", "horizon", above=0)
    Traceback (most recent call last):
    clvlab.errors.InputError: horizon= is a number above 0, such as 39; found '39 weeks' (a str).
    """
    bounds = [f"above {above:g}" if above is not None else "", f"of {least:g} or more" if least is not None else "",
              f"up to {most:g}" if most is not None else ""]  # fmt: skip
    said = " ".join(each for each in ["a number", *bounds] if each)
    good = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if good:
        held = float(value)  # type: ignore[arg-type]
        good = (above is None or held > above) and (least is None or held >= least) and (most is None or held <= most)
        if good:
            return held
    raise InputError(f"{argument}= is {said}, such as {example}; found {_found(value)}.")


def whole(value: object, argument: str = "seed") -> int:
    """A whole number of 0 or more, from which draws follow.

    Examples
    --------
    >>> whole(7)
    7
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and 0 <= int(value) < 2**63:
        return int(value)
    raise InputError(f"{argument}= is a whole number of 0 or more; found {_found(value)}.")


def instance(value: object, kind: type | tuple[type, ...], argument: str, remedy: str) -> None:
    """Refuse a value that is not of a kind; ``remedy`` says what makes one.

    Examples
    --------
    >>> instance("orders.csv", int, "orders", "clv.read_orders(path) makes them")
    Traceback (most recent call last):
    clvlab.errors.InputError: orders= cannot be 'orders.csv' (a str): clv.read_orders(path) makes them.
    """
    if isinstance(value, kind):
        return
    hint = " (a class: add parentheses)" if isinstance(value, type) else ""
    raise InputError(f"{argument}= cannot be {_found(value)}{hint}: {remedy}.")
