"""Names, places, products and comments of a simulated company, read from ``words.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from clvlab.data.simulate.parts import ITEMS

FEELINGS = ("bad", "fair", "good")
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Words:
    """Lists to draw from.

    Attributes
    ----------
    lists : mapping of str to sequence of str
        zh_family, zh_given, en_family, en_given (a Chinese name with its transcription behind a blank), zh_regions,
        en_regions, owners, pools.
    categories : tuple of str
    products : tuple of str
        Names in both scripts; the products of a category stand together.
    prices : array of int, shape (products,)
        Of a kilogram.
    cost_percent : array of int, shape (products,)
        Cost in percent of the price.
    comments : tuple of str
        By language, feeling and item, in this order.
    """

    lists: Mapping[str, Sequence[str]]
    categories: tuple[str, ...]
    products: tuple[str, ...]
    prices: np.ndarray
    cost_percent: np.ndarray
    comments: tuple[str, ...]


@cache
def words() -> Words:
    """The lists of ``words.toml``.

    Examples
    --------
    >>> len(words().prices), words().categories[0], words().comments[-1]
    (24, 'green tea', 'Ordering was easy.')
    """
    told = tomllib.loads(resources.files("clvlab.data.simulate").joinpath("words.toml").read_text(encoding="utf-8"))
    products = told["products"]
    return Words(
        lists={name: tuple(value) for name, value in told.items() if name not in ("products", *LANGUAGES)},
        categories=tuple(each["category"] for each in products),
        products=tuple(name for each in products for name in each["names"]),
        prices=np.array([price for each in products for price in each["prices"]]),
        cost_percent=np.array([each["cost"] for each in products for _ in each["prices"]]),
        comments=tuple(
            told[language][feeling][item] for language in LANGUAGES for feeling in FEELINGS for item in ITEMS
        ),
    )
