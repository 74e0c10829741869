"""The few functions a log-likelihood may use, so that one formula serves every estimator.

A formula takes ``xp``, a namespace with the functions below. Over NumPy it gives values; over jets
(``clvlab.inference.jets``) values with exact first and second derivatives; over PyTensor a graph that PyMC samples.
"""

from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from scipy import special


class Namespace(Protocol):
    """Functions of one or two array-likes, elementwise; ``where`` takes three."""

    log: Any
    log1p: Any
    exp: Any
    expm1: Any
    gammaln: Any
    where: Any
    maximum: Any
    minimum: Any
    logaddexp: Any
    log_ndtr: Any


NUMPY: Namespace = SimpleNamespace(
    log=np.log,
    log1p=np.log1p,
    exp=np.exp,
    expm1=np.expm1,
    gammaln=special.gammaln,
    where=np.where,
    maximum=np.maximum,
    minimum=np.minimum,
    logaddexp=np.logaddexp,
    log_ndtr=special.log_ndtr,
)
