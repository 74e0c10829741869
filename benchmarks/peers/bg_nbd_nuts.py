"""BG/NBD by PyMC-Marketing's NUTS, alone in a process; benchmarks/nuts.py runs this in benchmarks/peers/.venv."""

import json
import sys
import time


def main(file: str, sampler: str, draws: int, tune: int, chains: int, seed: int) -> None:
    """Print one line of JSON: seconds, versions, posterior means, R-hat and effective draws."""
    began = time.perf_counter()
    import arviz as az
    import pandas as pd
    import pymc as pm
    from pymc_marketing import clv

    imported = time.perf_counter()
    model = clv.BetaGeoModel()
    keywords = {"draws": draws, "tune": tune, "chains": chains, "random_seed": seed, "progressbar": False}
    if sampler:
        keywords["nuts_sampler"] = sampler
    model.fit(pd.read_csv(file), **keywords)
    done = time.perf_counter()

    posterior = model.idata["posterior"].to_dataset()[["r", "alpha", "a", "b"]]
    steps = model.idata["sample_stats"]["n_steps"]
    found = {
        "imports": imported - began,
        "fitting": done - imported,
        "means": {name: float(posterior[name].mean()) for name in posterior.data_vars},
        "deviations": {name: float(posterior[name].std()) for name in posterior.data_vars},
        "r_hat": max(float(values) for values in az.rhat(posterior).data_vars.values()),
        "effective": min(float(values) for values in az.ess(posterior).data_vars.values()),
        "steps": float(steps.mean()),
        "draws": posterior.sizes["chain"] * posterior.sizes["draw"],
        "version": f"PyMC {pm.__version__}",
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(word) for word in sys.argv[3:7]))
