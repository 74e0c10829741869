"""Joint draws of all that is unsure about a list of contacts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.evaluation.contacting.luck import Luck, gamma_around
from clvlab.evaluation.contacting.response import Response
from clvlab.value.level import TotalLevel

Float = NDArray[np.float64]

TOGETHER = 2000  # joint draws behind intervals of the list


@dataclass(frozen=True, eq=False)
class Joint:
    """Joint draws: which of the population's, the response, the level's factor, customers' traits, and chance."""

    population: NDArray[np.int64]
    lift: Float
    level: Float
    traits: Float
    chance: Float

    @classmethod
    def drawn(cls, response: Response, level: TotalLevel | None, draws: int, rng: np.random.Generator) -> "Joint":
        moved = np.ones(TOGETHER)
        if level is not None:
            # What the window's own season and fashion do to the total is part of what the list is expected to earn.
            wide = np.sqrt(level.scale * (1.0 / level.precision + level.spread**2))
            moved = np.exp(level.shift + wide * rng.standard_t(level.freedom, TOGETHER))
        lifts = response.drawn(TOGETHER, rng)
        return cls(np.arange(TOGETHER) % draws, lifts, moved, *(_even(rng) for _ in range(2)))

    def brought(self, value: Float, chances: Luck, places: NDArray[np.int64]) -> Float:
        """Own value of the first so many, shape (joint draws, places), by customers' own traits."""
        mean = value[self.population]
        variance = np.maximum(chances.at("traits", places), 0.0)
        return self.level[:, None] * gamma_around(mean, variance, self.traits[:, None])

    def earned(self, brought: Float, chances: Luck, number: int, margin: float) -> Float:
        """Margin of extra purchases that come: a Poisson number, of amounts that vary."""
        size = np.abs(self.lift)
        noise = size * self.level * max(float(chances.at("amounts", number)), 0.0)
        return margin * np.sign(self.lift) * gamma_around(size * brought, noise, self.chance)


def _even(rng: np.random.Generator) -> Float:
    return (rng.permutation(TOGETHER) + 0.5) / TOGETHER
