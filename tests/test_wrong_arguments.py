"""Wrong types and values at the public door: each refused by an InputError that names the argument."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.errors import InputError

HISTORIES = clv.datasets.cdnow_summary().head(300)
KNOWN = clv.BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
SPEND = clv.GammaGamma().at(p=6.2488, q=3.74459, v=15.44775)
STRANGE: list[object] = ["orders.csv", 7, None, [1, 2], {}, pd.DataFrame({"customer": ["a"]}), clv.BGNBD, object()]
NUMBERS: list[object] = ["39 weeks", None, float("nan"), float("inf"), -1.0, [39], "39", True, pd.Timedelta(weeks=39)]
SEEDS: list[object] = ["1", 1.5, -1, None, [1], np.nan, True, np.random.default_rng(1)]


def value(**changed: object) -> object:
    told: dict = {"fit": KNOWN, "spend": SPEND, "histories": HISTORIES, "horizon": 39.0, "unit": "week"} | changed
    return clv.customer_value(told.pop("fit"), told.pop("spend"), told.pop("histories"), **told)


def attempts() -> list[tuple[str, Callable[[], object], str]]:
    found: list[tuple[str, Callable[[], object], str]] = []

    def each(name: str, values: list[object], call: Callable[[object], object], words: str) -> None:
        found.extend(
            (f"{name} {number}", (lambda call=call, one=one: call(one)), words) for number, one in enumerate(values)
        )

    each("histories of", STRANGE, lambda one: clv.histories(one), "orders=")  # type: ignore[arg-type]
    each("split of", STRANGE, lambda one: clv.split(one, calibration_end="1997-09-30"), "orders=")  # type: ignore[arg-type]
    each("value study of", STRANGE, lambda one: clv.value_study(one), "orders=")  # type: ignore[arg-type]
    each("compare", STRANGE, lambda one: clv.compare({"a": clv.BGNBD()}, one), "orders=")  # type: ignore[arg-type]
    each("spells of", [one for one in STRANGE if not isinstance(one, pd.DataFrame)],
         lambda one: clv.churn.spells(one, duration="x", event="y"), "data=")  # type: ignore[arg-type] # fmt: skip
    frames = [one for one in STRANGE if not isinstance(one, pd.DataFrame)]
    each("fit to", frames, lambda one: clv.BGNBD().fit(one), "histories=")  # type: ignore[arg-type]
    each("value of", frames, lambda one: value(histories=one), "histories=")
    each("fit that is", [*frames, SPEND], lambda one: value(fit=one), "fit=")
    each("spend that is", [one for one in [*frames, KNOWN] if one is not None], lambda one: value(spend=one), "spend=")
    each("horizon", NUMBERS, lambda one: KNOWN.predict(HISTORIES, one, unit="week"), "horizon=")  # type: ignore[arg-type]
    each("horizon of value", NUMBERS, lambda one: value(horizon=one), "horizon=")
    each("discount rate", ["10%", None, float("nan"), -1.0, 10, [0.1], True], lambda one: value(discount_rate=one),
         "discount_rate=")  # fmt: skip
    each("residual of", frames, lambda one: clv.residual_transactions(KNOWN, one, unit="week"), "histories=")  # type: ignore[arg-type]
    each("residual horizon", [one for one in NUMBERS if not isinstance(one, float) or one != np.inf],
         lambda one: clv.residual_transactions(KNOWN, HISTORIES, horizon=one, unit="week"), "horizon=")  # type: ignore[arg-type] # fmt: skip
    each("residual rate", ["10%", None, 0.0, -0.5, 10],
         lambda one: clv.residual_transactions(KNOWN, HISTORIES, discount_rate=one, unit="week"), "discount_rate=")  # type: ignore[arg-type] # fmt: skip
    each("margin", ["30%", None, float("nan"), 0.0, -0.3, 30, [0.3], True], lambda one: value(margin=one), "margin=")
    each("seed of a fit", SEEDS, lambda one: clv.BGNBD().fit(HISTORIES, unit="week", seed=one), "seed=")  # type: ignore[arg-type]
    each("seed of value", SEEDS, lambda one: value(seed=one), "seed=")
    each("competitors", [None, 7, "BG/NBD", [clv.BGNBD()], clv.BGNBD()],
         lambda one: clv.compare(one, clv.datasets.cdnow()), "competitors=|Nothing to compare")  # type: ignore[arg-type] # fmt: skip
    each("competitor", [clv.BGNBD, clv.baselines.CustomerMean],
         lambda one: clv.compare({"a": one}, clv.datasets.cdnow()), "add parentheses")  # type: ignore[dict-item] # fmt: skip
    each("an end", ["05/06/1998", "June 1998", "1998-13-01", 1998, "soon", "", "2024-01-01", float("nan"), []],
         lambda one: clv.histories(clv.datasets.cdnow(), end=one), "end=|No order is that")  # type: ignore[arg-type] # fmt: skip
    each("a unit", ["quarter", 7, None, "Week", []], lambda one: clv.histories(clv.datasets.cdnow(), unit=one), "unit")  # type: ignore[arg-type]
    return found


ATTEMPTS = attempts()


@pytest.mark.parametrize(("call", "words"), [each[1:] for each in ATTEMPTS], ids=[each[0] for each in ATTEMPTS])
def test_it_is_refused_by_name(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
