"""Small orders that tests of the data floor share."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest


@pytest.fixture
def frame() -> Callable[..., pd.DataFrame]:
    """Make a frame of orders from (customer, date, amount[, more]) tuples."""

    def make(*rows: tuple[Any, ...], columns: tuple[str, ...] = ("customer", "date", "amount")) -> pd.DataFrame:
        return pd.DataFrame(list(rows), columns=list(columns))

    return make
