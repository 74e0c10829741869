"""What figures of acting on forecasts show."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from clvlab.notes import Note
from clvlab.pages.exhibits.alternatives.items import competitor, extremes, named, strategy
from clvlab.words import Kind

TOP = 0.2  # share of customers at which lists are read off


def strategies(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """What the best and the worst list reach, and what would be reached with hindsight."""
    return _reached(table["captured"]) | {"lists": len(table)}


def lift(*, curves: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The same, at a share of customers near a fifth."""
    at = int(np.argmin(np.abs(np.asarray(curves.index, dtype=float) - TOP)))
    return _reached(curves.iloc[at]) | {"top": float(curves.index[at])}


def _reached(share: pd.Series) -> dict[str, object]:
    """Of lists that can be made: the highest and the lowest; and hindsight beside them."""
    kinds = share.index.get_level_values(0)
    found = extremes(share[kinds != "hindsight"])
    perfect = share[kinds == "hindsight"]
    return {
        "best": named(strategy(_pair(found.highest)), found.high, "percent"),
        "worst": named(strategy(_pair(found.lowest)), found.low, "percent"),
        "perfect": float(perfect.iloc[0]) if len(perfect) else np.nan,
    }  # fmt: skip


def _pair(of: object) -> tuple[str, str]:
    kind, name = of if isinstance(of, tuple) else ("", "")
    return str(kind), str(name)


def profit(*, curves: pd.DataFrame, kind: Kind = "money", **_: object) -> Mapping[str, object]:
    """The list and the share of the highest profit, and what contacting everybody brings."""
    own = curves[curves["kind"] != "hindsight"].reset_index(drop=True)
    best = own.iloc[int(own["profit"].to_numpy().argmax())]
    return {
        "best": named(strategy((str(best["kind"]), str(best["strategy"]))), float(best["profit"]), kind),
        "top": float(best["share"]), "everybody": float(own["profit"].iloc[int(own["share"].to_numpy().argmax())]),
    }  # fmt: skip


def profit_differences(
    *, curves: pd.DataFrame, shown: Sequence[str], kind: Kind = "money", **_: object
) -> Mapping[str, object]:
    """The largest difference of each list, the share where it is, and how many lie above the rule significantly."""
    code = "figures.told.at_share_money" if kind == "money" else "figures.told.at_share_number"
    told, sure = [], 0
    for key in shown:
        own = curves[(curves["kind"] == "competitor") & (curves["strategy"] == key)].set_index("share")
        found = extremes(own["difference"])
        told.append(Note(code, name=competitor(key), x=found.high, share=found.highest))
        sure += bool((own["low"] > 0).any())
    return {"largest": told, "sure": sure, "lists": len(shown)}


def contact_curve(*, curve: pd.DataFrame, contacted: int, **_: object) -> Mapping[str, object]:
    """Profit of the list, and of contacting everybody."""
    number = curve.index.to_numpy(dtype=float)
    at = float(np.interp(contacted, number, curve["profit"].to_numpy(dtype=float)))
    return {"contacted": contacted, "profit": at, "everybody": int(number[-1]),
            "profit_of_everybody": float(curve["profit"].iloc[-1])}  # fmt: skip
