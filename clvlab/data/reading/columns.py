"""Roles of columns: as the caller says, or by the names that orders usually have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clvlab.data.reading.headings import candidates, layout_of, listed, settle
from clvlab.data.tables.contract import Contract, contract
from clvlab.errors import InputError
from clvlab.notes import Note

RESERVED = frozenset(
    {
        "customer_id",
        "frequency",
        "recency",
        "T",
        "monetary_value",
        "log_gap_sum",
        "past_value",
        "first_purchase",
    }
)


@dataclass(frozen=True)
class Columns:
    """Names of the source's columns by the role each plays; None where a role is not filled."""

    customer: str
    date: str
    amount: str | None = None
    quantity: str | None = None
    price: str | None = None
    product: str | None = None
    order_id: str | None = None
    status: str | None = None
    currency: str | None = None
    attributes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    cancelled: frozenset[str] = frozenset()

    @property
    def has_amounts(self) -> bool:
        """Whether an order's amount can be known: an amount column, or a price."""
        return self.amount is not None or self.price is not None

    @property
    def roles(self) -> dict[str, str]:
        """Column by role, of the roles that are filled, attributes last."""
        named = {
            "customer": self.customer,
            "date": self.date,
            "amount": self.amount,
            "quantity": None if self.amount is not None else self.quantity,
            "price": None if self.amount is not None else self.price,
            "product": self.product,
            "order_id": self.order_id,
            "status": self.status,
            "currency": self.currency,
        }
        found = {role: column for role, column in named.items() if column is not None}
        return found | ({"attributes": ", ".join(self.attributes)} if self.attributes else {})

    def keywords(self) -> str:
        """The roles as they would be passed to ``read_orders``."""
        parts = [f"{role}={column!r}" for role, column in self.roles.items() if role != "attributes"]
        if self.attributes:
            parts.append(f"attributes={list(self.attributes)!r}")
        return ", ".join(parts)


def recognise(
    names: Sequence[str],
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    quantity: str | None = None,
    price: str | None = None,
    product: str | None = None,
    order_id: str | None = None,
    status: str | None = None,
    currency: str | None = None,
    attributes: Sequence[str] = (),
    mapping: str | Path | None = None,
) -> Columns:
    """Settle which column plays which role.

    Parameters
    ----------
    names
        The source's column names.
    customer, date, amount, quantity, price, product, order_id, status, currency
        Column names that the caller states; what is None is looked for among the usual names.
    attributes
        Columns to carry along, such as a country or a channel.
    mapping
        File of a user's own names, of the form of a table's contract.

    Returns
    -------
    Columns

    Raises
    ------
    InputError
        A stated column is not there, a needed one is missing, or two columns could be meant.

    Examples
    --------
    >>> recognise(["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"]).keywords()
    "customer='Customer ID', date='InvoiceDate', quantity='Quantity', price='Price', product='StockCode', order_id='Invoice'"
    """  # noqa: E501
    kept = (attributes,) if isinstance(attributes, str) else tuple(attributes)
    _check_attributes(kept)
    given = {
        "customer": customer,
        "date": date,
        "amount": amount,
        "quantity": quantity,
        "price": price,
        "product": product,
        "order_id": order_id,
        "status": status,
        "currency": currency,
    }
    orders = contract("orders") if mapping is None else contract("orders").with_mapping(mapping)
    wanted, aside = _money(orders, names, given, kept)
    found = settle(wanted, names, given, kept=kept)
    roles = dict(found.roles)
    notes = list(found.notes)
    if "price" in roles and "quantity" not in roles:
        roles["amount"] = roles.pop("price")
        notes.append(Note("data.price_is_the_amount", column=roles["amount"]))
    if "amount" not in roles and "price" not in roles:
        notes.append(Note("data.no_amount_column"))
    return Columns(
        **roles,
        attributes=kept,
        unknown=tuple(name for name in found.unknown if name not in aside),
        notes=tuple(notes),
        cancelled=orders.status["cancelled"],
    )


def _money(
    orders: Contract, names: Sequence[str], given: Mapping[str, str | None], kept: Sequence[str]
) -> tuple[Contract, set[str]]:
    """The contract with either the amount or the price and quantity in it, and columns of those that are not."""
    apart = {"amount", "quantity", "price"}
    asked = {role for role in apart if given[role] is not None}
    if "amount" in asked and len(asked) > 1:
        raise InputError("Pass either amount=, or quantity= and price=; both were passed.")
    layout = layout_of(orders, names)
    taken = {name for name in given.values() if name is not None} | set(kept)
    hits = {role: candidates(orders, layout, role, names, taken) for role in apart}
    if "amount" in asked or (not asked and hits["amount"]):
        used = {"amount"}
    elif asked or hits["price"]:
        used = {"price", "quantity"} if hits["quantity"] or "quantity" in asked or "price" in asked else {"price"}
    else:
        used = set()
    needed = used - (set() if asked or "amount" in used else {"quantity"})
    columns = {
        role: replace(column, needed=column.needed or role in needed)
        for role, column in orders.columns.items()
        if role not in apart - used
    }
    return replace(orders, columns=columns), {name for role in apart - used for name in hits[role]}


def _check_attributes(attributes: Sequence[str]) -> None:
    clash = [name for name in attributes if name in RESERVED]
    if clash:
        raise InputError(f"An attribute may not be named {listed(clash)}: histories use that name. Rename the column.")
    if len(set(attributes)) < len(attributes):
        raise InputError(f"attributes= names a column twice: {listed(attributes)}.")
