"""The transaction models: each a formula, priors, and a place to start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from clvlab.errors import InputError
from clvlab.formulas import bg_nbd
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit


@dataclass(frozen=True, kw_only=True)
class BGNBD(Model):
    """BG/NBD of Fader, Hardie & Lee (2005): Poisson purchases; a chance to drop out after each repeat purchase.

    Parameters
    ----------
    priors : mapping, optional
        For r, alpha (a rate; prior in weeks), a, b.

    Examples
    --------
    >>> BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    <BG/NBD by given: r 0.243, alpha 4.414, a 0.793, b 2.426 (a week)>
    """

    formula: ClassVar[Any] = bg_nbd
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "r": LogNormal(median=1.0, spread=1.5),
        "alpha": LogNormal(median=10.0, spread=1.5),
        "a": LogNormal(median=1.0, spread=1.5),
        "b": LogNormal(median=2.0, spread=1.5),
    }

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        rate = histories["frequency"].sum() / histories["T"].sum()
        return {"r": 0.5, "alpha": 0.5 / rate, "a": 1.0, "b": 2.0}


def check_repeaters(histories: pd.DataFrame, name: str) -> None:
    """Refuse histories in which nobody bought twice: nothing there tells how often customers buy."""
    if not (histories["frequency"] > 0).any():
        raise InputError(
            f"{name} learns from repeat purchases; none of the {len(histories)} customers bought on a second day "
            "by the end of the calibration period. Choose a later end, or check that the customer column "
            "identifies customers rather than orders."
        )
