"""Arguments for subscriptions only, or for orders only: for the other kind they would have no effect."""

from collections.abc import Mapping
from typing import Literal

from clvlab.errors import InputError

# by argument, with what stands for unset
OF_ORDERS: Mapping[str, object] = {"date": None, "amount": None, "gap": "rhythm"}
OF_SUBSCRIPTIONS: Mapping[str, object] = {
    "start": "start", "end": "end", "duration": None, "event": None, "reason": None, "value": None,
    "records_from": None,
}  # fmt: skip


def refuse_other_kind(kind: Literal["orders", "subscriptions"], given: Mapping[str, object]) -> None:
    """Refuse arguments that have no effect on a study of this kind.

    Parameters
    ----------
    given : mapping
        Arguments of ``study`` by name; those that are unset, or go with either kind, are no mistake.

    Raises
    ------
    InputError
        Names the arguments.

    Examples
    --------
    >>> refuse_other_kind("orders", {"start": "begin", "gap": 6.0})
    Traceback (most recent call last):
    clvlab.errors.InputError: start= has no effect on a study of orders: leave it out, or give subscriptions=.
    """
    other, unset = ("subscriptions", OF_SUBSCRIPTIONS) if kind == "orders" else ("orders", OF_ORDERS)
    idle = [f"{name}=" for name, default in unset.items() if given.get(name, default) != default]
    if idle:
        have, them = ("has", "it") if len(idle) == 1 else ("have", "them")
        raise InputError(
            f"{', '.join(idle)} {have} no effect on a study of {kind}: leave {them} out, or give {other}=."
        )


def refuse_idle_units(value: str | None, value_units: float, contact_cost: float | None) -> None:
    """Refuse arguments about the value of subscriptions if their value is unknown."""
    if value is None and value_units != 12.0:
        raise InputError("value_units= says how many units of value= are lost: name that column, or leave it out.")
    if value is None and contact_cost is not None:
        raise InputError("contact_cost= is weighed against what would leave: name its column by value=.")
