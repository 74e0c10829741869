"""What figures of campaigns show."""

from collections.abc import Mapping

import pandas as pd

from clvlab.notes import Note

SHARE = 0.3  # of customers contacted, at which curves are read


def campaign_effects(*, table: pd.DataFrame, mean: float, **_: object) -> Mapping[str, object]:
    """The arm that brought in most, and the one that brought in least, as measured and to be expected again."""
    told = {}
    for end, row in (("best", table["value"].idxmax()), ("worst", table["value"].idxmin())):
        campaign, arm = row
        told |= {
            end: Note("figures.told.arm", campaign=campaign, arm=arm),
            f"{end}_value": float(table.loc[row, "value"]),
            f"{end}_pooled": float(table.loc[row, "pooled"]),
        }
    return {**told, "mean": mean, "n": len(table)}


def qini(*, curve: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """What contacting the first part gains, against as many drawn by chance and against all."""
    row = curve.loc[SHARE]
    return {"share": SHARE, "gain": float(row["gain"]), "random": float(row["random"]),
            "low": float(row["random"] + row["beyond_low"]), "high": float(row["random"] + row["beyond_high"]),
            "all": float(curve["gain"].iloc[-1])}  # fmt: skip
