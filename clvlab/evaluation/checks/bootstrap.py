"""P-values by simulation: how often data from the smaller model give a statistic as large."""

from collections.abc import Callable

import numpy as np

SAME = 1e-3  # statistics closer than this are equal to the accuracy of two climbs


def bootstrapped[Data](
    observed: float,
    simulate: Callable[[np.random.Generator], Data],
    statistic: Callable[[Data], float],
    *,
    simulations: int,
    seed: int,
) -> float:
    """The parametric bootstrap's p-value.

    Parameters
    ----------
    observed : float
        The statistic of the data; the larger, the less it suits the smaller model.
    simulate : callable
        Draws data from the smaller model, fitted to those observed.
    statistic : callable
        Of drawn data, computed as the observed one was.

    Returns
    -------
    float
        (1 + how many drawn statistics are as large) / (1 + simulations): never 0.

    Source: Davison & Hinkley (1997), Bootstrap Methods and their Application, section 4.2.

    Examples
    --------
    >>> bootstrapped(9.0, lambda rng: rng.normal(), lambda z: z**2, simulations=99, seed=1)
    0.01
    """
    streams = np.random.SeedSequence(seed).spawn(simulations)
    drawn = [statistic(simulate(np.random.default_rng(stream))) for stream in streams]
    return (1 + sum(each >= observed - SAME for each in drawn)) / (1 + simulations)
