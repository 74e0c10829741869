"""How often intervals of maximum likelihood hold the truth, in simulated worlds of few customers.

    python tests/sbc/covering.py MBGNBD --worlds 400 --customers 800
    python tests/sbc/covering.py BGNBD --method laplace

Customers have CDNOW's ages and live the latent story at the model's published estimates on CDNOW. Of each world the
model is fitted; asked is whether 90 % intervals hold each true parameter, the purchases expected in 39 weeks of the
whole base given its histories at the true parameters, and the same of each customer.
"""

import argparse
import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

import clvlab as clv
from clvlab.inference.factored import Groups
from clvlab.models.outlook import interval

Float = NDArray[np.float64]

TRUTHS: dict[str, dict[str, float]] = {
    "BGNBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBGNBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "ParetoNBD": {"r": 0.553, "alpha": 10.58, "s": 0.606, "beta": 11.67},
    "NBD": {"r": 0.385, "alpha": 12.07},
}
HORIZON = 39.0


def covered(model: str, *, worlds: int, customers: int, method: str = "ml", seed: int = 7) -> dict[str, float]:
    """Share of truths within their 90 % intervals by quantity; ``withheld`` is the share of fits without any."""
    truth, make = TRUTHS[model], getattr(clv, model)
    known = make().at(unit="week", **truth)
    ages = clv.datasets.cdnow_summary()["T"].to_numpy(float)
    held: dict[str, list[float]] = {}
    withheld = 0
    for world in range(worlds):
        age = np.random.default_rng([seed, world]).choice(ages, customers)
        histories = known.simulate_histories(age, seed=seed + world)
        fit: Any = make().fit(histories, method=method, seed=world)
        if fit.draws is None:
            withheld += 1
            continue
        summary = fit.summary()
        found = {name: within(value, *summary.loc[name, ["low", "high"]]) for name, value in truth.items()}
        drawn, true, counts = expected(fit, known, histories)
        found["each customer's purchases"] = float(np.average(within(true, *interval(drawn)), weights=counts))
        found["purchases of all"] = within(true @ counts, *interval(drawn @ counts))
        for name, share in found.items():
            held.setdefault(name, []).append(float(share))
    return {name: float(np.mean(shares)) for name, shares in held.items()} | {"withheld": withheld / worlds}


def within(true: Any, low: Any, high: Any) -> Any:
    """Whether an interval holds the truth."""
    return (low <= true) & (true <= high)


def expected(fit: Any, known: Any, histories: Any) -> tuple[Float, Float, Float]:
    """Expected purchases of each distinct history: over draws, and at the truth; and customers of each."""
    groups = Groups(fit.columns(histories))
    drawn, true = np.empty((len(fit.draws["draw"]), len(groups))), np.empty(len(groups))
    for rows, (over_draws, at_truth) in fit.given(groups, fit.posterior, known.point):
        drawn[:, rows] = over_draws.expectations(HORIZON)["expected_purchases"]
        true[rows] = at_truth.expectations(HORIZON)["expected_purchases"][0]
    return drawn, true, groups.counts


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(TRUTHS), choices=list(TRUTHS))
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--customers", type=int, default=800)
    parser.add_argument("--method", default="ml")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    for model in asked.models:
        found = covered(model, worlds=asked.worlds, customers=asked.customers, method=asked.method, seed=asked.seed)
        shares = "; ".join(f"{name} {share:.1%}" for name, share in found.items())
        print(f"{model}, {asked.method}, {asked.customers} customers, {asked.worlds} worlds: {shares}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
