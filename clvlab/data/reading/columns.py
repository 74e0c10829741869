"""Which column is which: by the caller's word, or by the names orders usually carry."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from clvlab.errors import InputError
from clvlab.notes import Note

# Each role's names in tiers: an earlier tier wins, two names from one tier are ambiguous.
_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    role: tuple(frozenset(tier.split()) for tier in tiers)
    for role, tiers in {
        "customer": (
            (
                "customerid customerno customernumber customerkey customercode custid custno clientid userid "
                "memberid buyerid accountid donorid 客户编号 客户id 用户id 会员号 会员编号 顾客编号"
            ),
            "customer cust client user member buyer donor 客户 用户 会员 顾客",
            "id",
        ),
        "date": (
            (
                "orderdate invoicedate purchasedate transactiondate transdate txndate saledate salesdate "
                "orderpurchasetimestamp orderdatetime invoicedatetime 订单日期 下单时间 下单日期 交易日期 购买日期"
            ),
            "date datetime timestamp day 日期",
            "time createdat orderedat purchasedat t 时间",
        ),
        "amount": (
            (
                "amount revenue sales total value dollarvalue spend monetaryvalue orderamount ordervalue "
                "ordertotal totalamount totalprice totalvalue lineamount linetotal linevalue netamount "
                "transactionamount transactionvalue paymentvalue payment turnover saleamount salesamount "
                "金额 销售额 订单金额 交易金额 支付金额"
            ),
        ),
        "quantity": ("quantity qty units 数量",),
        "price": ("unitprice priceperunit 单价", "price 价格"),
        "product": (
            "stockcode sku productid productcode itemid itemcode articleid 商品编号 商品id 产品编号",
            "product item article 商品 产品",
        ),
        "order_id": (
            (
                "invoiceno invoiceid invoicenumber orderid orderno ordernumber transactionid basketid "
                "receiptid receiptno 订单号 订单编号 发票号"
            ),
            "invoice order receipt basket",
        ),
    }.items()
}

_MEANING = {
    "customer": "the customer",
    "date": "the day of the order",
    "amount": "the amount paid",
    "quantity": "the quantity",
    "price": "the price of one unit",
    "product": "the product",
    "order_id": "the order or invoice number",
}

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
    attributes: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

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
        }
        found = {role: column for role, column in named.items() if column is not None}
        return found | ({"attributes": ", ".join(self.attributes)} if self.attributes else {})

    def keywords(self) -> str:
        """The roles as they would be passed to ``read_orders``."""
        parts = [f"{role}={column!r}" for role, column in self.roles.items() if role != "attributes"]
        if self.attributes:
            parts.append(f"attributes={list(self.attributes)!r}")
        return ", ".join(parts)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in list(names)[:40])
    return shown + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def _given(role: str, name: str, names: Sequence[str]) -> str:
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1) or [other for other in names if _plain(other) == _plain(name)]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"{role}={name!r} names no column. The columns found are {_listed(names)}.{hint}")


def _found(role: str, names: Sequence[str], taken: set[str]) -> list[str]:
    for tier in _NAMES[role]:
        hits = [name for name in names if _plain(name) in tier and name not in taken]
        if hits:
            return hits
    return []


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
    attributes: Sequence[str] = (),
) -> Columns:
    """Settle which column plays which role.

    Parameters
    ----------
    names
        The source's column names.
    customer, date, amount, quantity, price, product, order_id
        Column names that the caller states; what is None is looked for among the usual names.
    attributes
        Columns to carry along, such as a country or a channel.

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
    if isinstance(attributes, str):
        attributes = (attributes,)
    stated = {
        "customer": customer,
        "date": date,
        "amount": amount,
        "quantity": quantity,
        "price": price,
        "product": product,
        "order_id": order_id,
    }
    roles: dict[str, str | None] = {
        role: None if name is None else _given(role, name, names) for role, name in stated.items()
    }
    for name in attributes:
        _given("attributes", name, names)
    _check_attributes(attributes)
    taken = {name for name in roles.values() if name is not None} | set(attributes)
    notes: list[Note] = []

    def settle(role: str, *, needed: bool) -> None:
        if roles[role] is not None:
            return
        hits = _found(role, names, taken)
        if len(hits) == 1:
            roles[role] = hits[0]
            taken.add(hits[0])
        elif len(hits) > 1 and role in ("product", "order_id"):
            notes.append(
                Note("data.product_column_unclear", columns=hits)
                if role == "product"
                else Note("data.order_id_column_unclear", columns=hits)
            )
        elif len(hits) > 1:
            raise InputError(
                f"Orders need one column for {_MEANING[role]}; {len(hits)} could be meant: {_listed(hits)}. "
                f"Pass {role}= with the right one."
            )
        elif needed:
            raise InputError(
                f"Orders need a column for {_MEANING[role]}, and none carries a name that says so. "
                f"The columns found are {_listed(names)}. Pass {role}= with the right one."
            )

    settle("customer", needed=True)
    settle("date", needed=True)
    settle("order_id", needed=False)
    settle("product", needed=False)
    if amount is None:
        if quantity is None and price is None:
            settle("amount", needed=False)
        if roles["amount"] is None:
            settle("price", needed=quantity is not None)
            if roles["price"] is not None:
                settle("quantity", needed=price is not None)
    elif quantity is not None or price is not None:
        raise InputError("Pass either amount=, or quantity= and price=; both were passed.")
    if roles["amount"] is None and roles["price"] is not None and roles["quantity"] is None:
        roles["amount"], roles["price"] = roles["price"], None
        notes.append(Note("data.price_is_the_amount", column=roles["amount"]))
    if roles["amount"] is None and roles["price"] is None:
        notes.append(Note("data.no_amount_column"))
    _check_distinct(roles)
    return Columns(
        customer=str(roles["customer"]),
        date=str(roles["date"]),
        amount=roles["amount"],
        quantity=roles["quantity"] if roles["price"] is not None else None,
        price=roles["price"],
        product=roles["product"],
        order_id=roles["order_id"],
        attributes=tuple(attributes),
        notes=tuple(notes),
    )


def _check_attributes(attributes: Sequence[str]) -> None:
    clash = [name for name in attributes if name in RESERVED]
    if clash:
        raise InputError(f"An attribute may not be named {_listed(clash)}: histories use that name. Rename the column.")
    if len(set(attributes)) < len(attributes):
        raise InputError(f"attributes= names a column twice: {_listed(attributes)}.")


def _check_distinct(roles: dict[str, str | None]) -> None:
    seen: dict[str, str] = {}
    for role, name in roles.items():
        if name is None:
            continue
        if name in seen:
            raise InputError(
                f"One column cannot be two things: {name!r} is given both as {seen[name]}= and as {role}=."
            )
        seen[name] = role
