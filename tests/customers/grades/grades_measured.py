"""Prints the figures of docs/grades.md: ``python tests/customers/grades/grades_measured.py nodes``, or another."""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import clvlab as clv
from clvlab.customers.facts import facts
from clvlab.customers.grades import fitted, grade_study
from clvlab.data.simulate import Plan
from clvlab.value.latent import tier_chances

sys.path.insert(0, str(Path(__file__).parents[2] / "value"))
import test_latent_value as latent

PARTS = ("fit", "dimensions", "grades", "value_tiers", "migration", "backtest", "customers")


def calibration(seeds: int = 40) -> None:
    """Stated chances against what is true, of companies that the model describes."""
    for name in latent.CALIBRATED:
        for method in ("ml", "laplace"):
            fitter = latent.fitter(latent.MODELS[name][0], method)
            found, held = latent.pooled(name, fitter, seeds=seeds, customers=1500)
            print(name, method, f"intervals of numbers hold {held.mean():.3f}", found.round(3), sep="\n")


def nodes(seeds: int = 20) -> None:
    """The largest error of a chance, by number of points."""
    histories, asked = latent.few(), {"horizon": latent.HORIZON, "boundaries": latent.ENDS, "margin": latent.MARGIN}
    for name in latent.MODELS:
        fine = tier_chances(*latent.at(name), histories, nodes=2**18, seed=99, **asked)
        for n in (256, 1024, 2048):
            each = [tier_chances(*latent.at(name), histories, nodes=n, seed=s, **asked) for s in range(seeds)]
            print(name, n, f"{max(np.abs(found - fine).max() for found in each):.4f}")


def company(seeds: int = 6) -> None:
    """Stated chances of simulated companies, whose story is not the model's."""
    ends = [10.0, 40.0, 100.0]
    for label, plan in (("as planned", Plan()), ("nothing planted", Plan.nothing())):
        said, tiers = [], []
        for seed in range(seeds):
            made = clv.simulate.company(3000, seed=seed, plan=plan)
            fit = fitted(facts(made.company()))
            said.append(fit.chances(ends))
            true = made.truth.set_index("customer_id").loc[fit.histories.index]
            pace = true["dropout"].to_numpy() + np.log(1.1)
            years = -np.expm1(-pace * 52 * 7 / 365.25) / pace
            value = true["mean_spend"] * true["margin"] * true["rate"] * true["active"] * years
            tiers.append(np.searchsorted(ends, value, side="right"))
        chances, tier = np.concatenate(said), np.concatenate(tiers)
        frame = pd.DataFrame({"said": chances.ravel(), "true": (np.arange(4) == tier[:, None]).ravel()})
        bins = np.clip(np.floor(frame["said"] * 10.0 + 0.5), 0, 10) / 10.0
        print(label, "expected", chances.sum(axis=0).round(), "came", np.bincount(tier, minlength=4))
        print(frame.groupby(bins).agg(n=("said", "size"), said=("said", "mean"), true=("true", "mean")).round(3))


def speed(customers: int = 1_000_000) -> None:
    """Seconds of each part of the study."""
    made = clv.simulate.company(customers, seed=3).company()
    study = grade_study(made)
    for part in PARTS:
        begun, used = time.perf_counter(), time.process_time()
        getattr(study, part)
        print(
            part, f"{time.perf_counter() - begun:.1f} s, {time.process_time() - used:.1f} s of processors", flush=True
        )
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB, the tables included")


if __name__ == "__main__":
    {"calibration": calibration, "nodes": nodes, "company": company, "speed": speed}[sys.argv[1]](
        *(int(each) for each in sys.argv[2:])
    )
