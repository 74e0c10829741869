"""What a fit needs to know about its model."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.formulas.protocols import Formula
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.inference.priors import Prior
from clvlab.models.covariates import Encoding, Segments
from clvlab.models.evidence import Evidence, LeftOut
from clvlab.models.outlook import Engine


class Description(Protocol):
    """A model, seen from its fit."""

    @property
    def name(self) -> str:
        """As the literature calls it."""
        ...

    @property
    def formula(self) -> Formula:
        """Its formula."""
        ...

    @property
    def evidence(self) -> Evidence:
        """What it learns from."""
        ...

    @property
    def sampler(self) -> str:
        """The method that samples its posterior."""
        ...

    @property
    def pooled_by(self) -> str | None:
        """The attribute whose segments have parameters of their own."""
        ...

    @property
    def priors(self) -> Mapping[str, Prior]:
        """Those that replace the model's own."""
        ...

    @property
    def engine_class(self) -> type[Engine]:
        """What computes forecasts of purchases."""
        ...

    @property
    def likelihood_class(self) -> type[Likelihood]:
        """What computes its likelihood."""
        ...

    def fit(
        self,
        histories: pd.DataFrame,
        *,
        method: str | None = None,
        seed: int = 0,
        unit: str | None = None,
    ) -> object:
        """A fit of it to histories."""
        ...

    def link(self, encoding: Encoding, segments: Segments | None) -> Link:
        """How what is estimated becomes each customer's parameters."""
        ...

    def usable(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, LeftOut]:
        """The customers the likelihood can use, checked, and the others by the code of the reason."""
        ...

    def rows(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.float64] | None]:
        """What the likelihood reads, and how many customers each row stands for (None: one each)."""
        ...

    def priors_for(
        self, histories: pd.DataFrame, unit: str | None = None, link: Link | None = None
    ) -> dict[str, Prior]:
        """The priors in these histories' units."""
        ...

    def described(self) -> dict[str, object]:
        """What ``load_fit`` needs to make this model again."""
        ...
