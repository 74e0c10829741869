"""A company's tables as arrays of customers and days, from which measures are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clvlab.customers.windows import Windows, windows
from clvlab.data.company import Company
from clvlab.data.days import day_number
from clvlab.data.order_book import Orders
from clvlab.errors import InputError
from clvlab.notes import Note

Float = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

USUAL = 0.90  # of all gaps between purchases are no longer than the threshold
NOBODY = -1
SEGMENTS = ("channel", "region", "kind", "level")  # columns of customers that divide them

# An event of one of these platforms or types is social; the others are of the web.
SOCIAL = ("social", "wechat", "weibo", "douyin", "xiaohongshu", "facebook", "instagram", "微信", "微博", "抖音",
          "小红书")  # fmt: skip
SOCIAL_TYPES = ("share", "like", "comment", "follow", "分享", "点赞", "评论", "关注")


class MissingInput(InputError):
    """A measure needs a table or columns that are not there; ``note`` says which."""

    def __init__(self, table: str, columns: tuple[str, ...] = ()) -> None:
        self.note = (
            Note("measures.notes.needs_columns", table=table, columns=list(columns))
            if columns
            else Note("measures.notes.needs_table", table=table)
        )
        needed = f"the column {', '.join(columns)} of the table of {table}" if columns else f"a table of {table}"
        super().__init__(f"This needs {needed}, which is not there.")


@dataclass(frozen=True)
class Events:
    """Rows of a table: when, and whose.

    Attributes
    ----------
    day : array of int
        Days since 1970, ascending.
    customer : array of int
        Number of the customer; -1 of nobody.
    frame : DataFrame
        The rows themselves, in the same order.
    """

    day: Whole
    customer: Whole
    frame: pd.DataFrame

    @cached_property
    def _arrays(self) -> dict[str, Flags | Float]:
        return {}

    def flag(self, column: str) -> Flags:
        """A flag; a missing one is no."""
        if column not in self._arrays:
            self._arrays[column] = np.asarray(self.frame[column].fillna(False).to_numpy(dtype=bool))
        return np.asarray(self._arrays[column], dtype=bool)

    def number(self, column: str) -> Float:
        """A number; NaN where missing."""
        if column not in self._arrays:
            self._arrays[column] = np.asarray(self.frame[column].to_numpy(dtype=float, na_value=np.nan))
        return np.asarray(self._arrays[column], dtype=float)


@dataclass(frozen=True, eq=False)
class Facts:
    """A company in numbers.

    Attributes
    ----------
    company : Company
    windows : Windows
    given_threshold : int or None
        Days without a purchase after which a customer is no longer active, where given.
    care_within : int
        Days within which a customer under care was followed up.
    """

    company: Company
    windows: Windows
    given_threshold: int | None
    care_within: int = 90

    @cached_property
    def threshold(self) -> int:
        """Days without a purchase after which a customer is no longer active.

        Raises
        ------
        InputError
            It was not given, and nobody bought twice.
        """
        if self.given_threshold is not None:
            return self.given_threshold
        gaps = self.gap[self.gap > 0]
        if not gaps.size:
            raise InputError("Nobody bought twice, so there is no usual gap: give threshold= in days.")
        return int(np.ceil(np.quantile(gaps, USUAL)))

    @cached_property
    def ids(self) -> pd.Index:
        """Identifiers of all customers: of orders, and of the table of customers."""
        found = [self.company.frame(name)["customer"] for name in ("customers", "orders") if name in self.company]
        every = pd.concat(found).dropna().astype(str).drop_duplicates()
        found_ids: pd.Index = pd.Index(every.to_numpy(), name="customer_id")
        return found_ids

    def numbers(self, customers: pd.Series) -> Whole:
        """Number of each of these customers; -1 of who is not known."""
        found = pc.index_in(pa.array(customers.astype("str")), value_set=self._known_ids)
        return np.asarray(found.fill_null(NOBODY).to_numpy(zero_copy_only=False), dtype=np.int64)

    @cached_property
    def _known_ids(self) -> pa.Array:
        return pa.array(self.ids.astype("str"))

    @property
    def n(self) -> int:
        """How many customers there are."""
        return len(self.ids)

    def require(self, table: str, *columns: str) -> pd.DataFrame:
        """A table with these columns.

        Raises
        ------
        MissingInput
            It, or one of them, is not there.
        """
        if table not in self.company:
            raise MissingInput(table)
        frame = self.company.frame(table)
        for column in columns:
            if (table, column) not in self._there:
                self._there[table, column] = column in frame and not frame[column].isna().all()
        lacking = tuple(column for column in columns if not self._there[table, column])
        if lacking:
            raise MissingInput(table, lacking)
        return frame

    @cached_property
    def _there(self) -> dict[tuple[str, str], bool]:
        return {}

    def events(self, table: str, *columns: str, when: str = "date", who: str = "customer") -> Events:
        """Rows of a table that have a day, up to now, by day."""
        key = (table, when, who)
        if key not in self._events:
            frame = self.require(table, when)
            day = frame[when].to_numpy().astype("datetime64[D]")
            kept = np.flatnonzero(~np.isnat(day) & (day <= np.datetime64(self.company.as_of, "D")))
            kept = kept[np.argsort(day[kept], kind="stable")]
            named = who in frame
            customer = self.numbers(frame[who].iloc[kept]) if named else np.full(len(kept), NOBODY)
            self._events[key] = Events(day[kept].astype(np.int64), customer, frame.iloc[kept])
        found = self._events[key]
        self.require(table, *columns)
        return found

    @cached_property
    def _events(self) -> dict[tuple[str, str, str], Events]:
        return {}

    @cached_property
    def orders(self) -> Events:
        """Purchases, by day."""
        return self.events("orders")

    @cached_property
    def social(self) -> Flags:
        """Which events, by time, are of social media."""
        done = self.events("events", "type", when="time").frame
        found = _is_one_of(done["type"], SOCIAL_TYPES)
        if "platform" in done:
            found = found | _is_one_of(done["platform"], SOCIAL)
        return found

    @cached_property
    def gap(self) -> Whole:
        """Days since the customer's purchase before; -1 of a first one."""
        found = np.full(len(self.orders.day), -1, dtype=np.int64)
        by = np.lexsort((self.orders.day, self.orders.customer))
        whose, day = self.orders.customer[by], self.orders.day[by]
        again = np.flatnonzero(whose[1:] == whose[:-1]) + 1
        found[by[again]] = day[again] - day[again - 1]
        return found

    @cached_property
    def first_day(self) -> Whole:
        """Day of each customer's first purchase; the last of all days where there was none."""
        found = np.full(self.n, np.iinfo(np.int64).max)
        np.minimum.at(found, self.orders.customer, self.orders.day)
        return found

    @cached_property
    def second_day(self) -> Whole:
        """Day of each customer's second purchase; the last of all days where there was none."""
        found = np.full(self.n, np.iinfo(np.int64).max)
        again = self.gap > 0
        np.minimum.at(found, self.orders.customer[again], self.orders.day[again])
        return found

    @cached_property
    def last_day(self) -> Whole:
        """Last purchase of each customer before each period and at the end of the last: (periods + 1, customers).

        The least of all days where there was none.
        """
        found = np.full((len(self.windows) + 1, self.n), np.iinfo(np.int64).min // 2)
        until = np.append(self.windows.first, self.windows.last[-1] + 1)
        cut = np.searchsorted(self.orders.day, until)
        begin = 0
        for t, end in enumerate(cut):
            if t:
                found[t] = found[t - 1]
            # Days ascend, so what is written last is the latest.
            found[t][self.orders.customer[begin:end]] = self.orders.day[begin:end]
            begin = end
        return found

    def active(self, t: int) -> Flags:
        """Who bought within the threshold before period ``t`` begins; of the number of periods, by the end of all."""
        begins = self.windows.first[t] if t < len(self.windows) else self.windows.last[-1] + 1
        return np.asarray(self.last_day[t] > begins - 1 - self.threshold)

    @cached_property
    def acquired(self) -> Whole:
        """Day each became a customer: as the table of customers has it, else of the first purchase."""
        found = self.first_day.copy()
        if "customers" in self.company and "acquired" in self.company.frame("customers"):
            own = self.events("customers", when="acquired")
            found[own.customer] = own.day
        return found

    @property
    def known_since(self) -> int | None:
        """Day up to which first purchases may be those of older customers; None where none seem to be."""
        book = self.company.read["orders"]
        if not isinstance(book, Orders) or not book.opening.outsized:
            return None
        return day_number(book.opening.until)

    def segments(self, by: str) -> pd.Series:
        """A segment of each customer, missing where unknown.

        Parameters
        ----------
        by : str
            A column of the table of customers, or "cohort": the quarter of becoming a customer.

        Raises
        ------
        MissingInput
            There is no such column.
        """
        if by == "cohort":
            days = pd.Series(pd.to_datetime(np.minimum(self.acquired, 10**5), unit="D"))
            cohort = days.dt.to_period("Q").astype(str)
            return cohort.where(self.acquired <= self.windows.last[-1]).set_axis(self.ids)
        if by not in self._segments:
            own = segment_of(self.require("customers", by), by)
            self._segments[by] = own.astype("object").reindex(self.ids)
        return self._segments[by]

    @cached_property
    def _segments(self) -> dict[str, pd.Series]:
        return {}


def facts(company: Company, *, period: str = "month", threshold: int | None = None, care_within: int = 90) -> Facts:
    """A company's tables, ready to be measured.

    Parameters
    ----------
    company : Company
    period : {"month", "quarter", "year"}
    threshold : int, optional
        Days without a purchase after which a customer is no longer active; unset, the length that nine in ten gaps
        between purchases stay within.
    care_within : int
        Days within which a customer under care was followed up.

    Raises
    ------
    MissingInput
        There are no orders.
    InputError
        A length of time that is none, or records without a whole period.
    """
    if "orders" not in company:
        raise MissingInput("orders")
    found = Facts(
        company, windows(company.frame("orders")["date"].min(), company.as_of, period), threshold, care_within
    )
    for name, days in (("threshold", found.threshold), ("care_within", care_within)):
        if days < 1:
            raise InputError(f"{name}= is a number of days, 1 or more; found {days!r}.")
    return found


def segment_of(customers: pd.DataFrame, by: str) -> pd.Series:
    """Segment of each customer of a table, indexed by customer; of one listed twice the first."""
    return customers.dropna(subset=["customer"]).drop_duplicates("customer").set_index("customer")[by]


def known_segments(company: Company) -> Mapping[str, int]:
    """Columns of customers that divide them into 2 to 20 segments, and "cohort"; how many segments each has."""
    found: dict[str, int] = {}
    if "customers" in company:
        frame = company.frame("customers")
        for column in SEGMENTS:
            count = frame[column].nunique() if column in frame else 0
            if 2 <= count <= 20:
                found[column] = int(count)
    return found


def _is_one_of(column: pd.Series, words: tuple[str, ...]) -> Flags:
    """Which rows hold one of these words, in whatever case."""
    code, told = pd.factorize(column)
    is_one = pd.Series(told, dtype="str").str.casefold().isin(words).to_numpy(dtype=bool)
    return np.asarray(np.append(is_one, False)[code])  # a missing one has code -1, and so the last place
