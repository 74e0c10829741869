"""What figures of campaigns show."""

from collections.abc import Mapping

import pandas as pd

from clvlab.notes import Note

SHARE = 0.3  # of customers contacted, at which curves are read


def campaign_effects(*, table: pd.DataFrame, mean: float, **_: object) -> Mapping[str, object]:
    """The arm that brought in most, and the one that brought in least, as measured and to be expected again."""
    value, again = table["value"].to_numpy(dtype=float), table["pooled"].to_numpy(dtype=float)
    told: dict[str, object] = {}
    for end, place in (("best", int(value.argmax())), ("worst", int(value.argmin()))):
        campaign, arm = table.index[place]
        named = Note("figures.told.arm", campaign=campaign, arm=arm)
        told |= {end: named, f"{end}_value": float(value[place]), f"{end}_pooled": float(again[place])}
    return {**told, "mean": mean, "n": len(table)}


def qini(*, curve: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """What contacting the first part gains, against as many drawn by chance and against all."""
    gain, random, low, high = (
        curve[name].astype(float).to_dict()[SHARE] for name in ("gain", "random", "beyond_low", "beyond_high")
    )
    return {"share": SHARE, "gain": gain, "random": random, "low": random + low, "high": random + high,
            "all": float(curve["gain"].iloc[-1])}  # fmt: skip
