"""The total value of a customer's future purchases, in closed form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True)
class SpendLaw:
    """Gamma spend per purchase, at a rate nu that is Gamma given the customer's past.

    Arrays are of shape (points, customers): each point is one set of the population's parameters, equally likely.

    Attributes
    ----------
    irregularity : array
        Variance of a customer's spend per purchase over its squared mean: 1 / p of Gamma-Gamma.
    scale : array
        p v: the customer's mean is scale / Gamma(shape, 1).
    shape : array
        That of nu.
    """

    irregularity: Float
    scale: Float
    shape: Float

    def of(self, customers: NDArray[np.int64]) -> "SpendLaw":
        """That of some customers."""
        return SpendLaw(self.irregularity[:, customers], self.scale[:, customers], self.shape[:, customers])
