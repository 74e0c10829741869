"""How long posterior draws of BG/NBD take on CDNOW, beside PyMC-Marketing.

Run it from the project's folder::

    .venv/bin/python benchmarks/peers/make_environment.py       # once: the peer's own environment
    .venv/bin/python benchmarks/nuts.py
    .venv/bin/python benchmarks/nuts.py --repeats 3             # the median of three runs of each

Each samples 4 chains of 1,000 draws after 1,000 of tuning, in a process of its own that starts from a file of
histories. PyMC-Marketing is measured twice: with the sampler that PyMC picks where nothing else is installed, its own
NUTS, and with nutpie, which clvlab uses too: there on compiled gradients, here on gradients by NumPy. The posteriors
are checked to agree before ratios are printed; the two state different priors, so the means differ a little.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
from make_environment import PYTHON, made

DRAWS, TUNE, CHAINS = 1000, 1000, 4
PARAMETERS = ("r", "alpha", "a", "b")
PEER = Path(__file__).resolve().parent / "peers" / "bg_nbd_nuts.py"


def ours(file: str, seed: int) -> dict[str, Any]:
    """Fit with clvlab; the libraries it would load on the way are loaded first, to be told apart."""
    began = time.perf_counter()
    import arviz
    import nutpie
    import pandas as pd

    import clvlab as clv

    model = clv.BGNBD().using("nuts", draws=DRAWS, tune=TUNE, chains=CHAINS)
    imported = time.perf_counter()
    fit = model.fit(pd.read_csv(file), seed=seed, unit="week")
    done = time.perf_counter()
    return {
        "imports": imported - began,
        "fitting": done - imported,
        "means": {name: float(fit.draws[name].mean()) for name in PARAMETERS},
        "deviations": {name: float(fit.draws[name].std()) for name in PARAMETERS},
        "r_hat": fit.diagnostics["r_hat"],
        "effective": fit.diagnostics["ess_bulk"],
        "steps": float(fit.idata["sample_stats"]["n_steps"].mean()),
        "draws": fit.draws.sizes["draw"],
        "version": f"nutpie {nutpie.__version__}, ArviZ {arviz.__version__}",
    }


def measured(command: list[str]) -> dict[str, Any]:
    """Run one in a fresh process; add its seconds from start to end, and those that processors worked for it."""
    began, worked = time.perf_counter(), processor_seconds()
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if answer.returncode:
        raise SystemExit(f"{Path(command[1]).name} failed:\n{answer.stderr[-2000:]}")
    return {**json.loads(answer.stdout.splitlines()[-1]), "whole": seconds, "worked": processor_seconds() - worked}


def processor_seconds() -> float:
    """Seconds of all processors spent by processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of median time from start to end."""
    return sorted(runs, key=lambda run: run["whole"])[len(runs) // 2]


def check_agreement(found: dict[str, dict[str, Any]]) -> None:
    """Stop where a posterior mean is more than half a standard deviation from ours."""
    mine = found["clvlab"]
    for said, run in found.items():
        for name in PARAMETERS:
            if not abs(run["means"][name] - mine["means"][name]) < 0.5 * mine["deviations"][name]:
                raise SystemExit(f"{said} disagrees with clvlab on {name}: {run['means']} and {mine['means']}.")


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1, help="fresh processes of each; the median one is shown")
    parser.add_argument("--one", nargs=2, metavar=("FILE", "SEED"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(ours(options.one[0], int(options.one[1]))))
        return
    if not made():
        raise SystemExit("First make the peer's environment: .venv/bin/python benchmarks/peers/make_environment.py")
    import clvlab as clv

    histories = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="week")
    settings = [str(number) for number in (DRAWS, TUNE, CHAINS)]
    runs: dict[str, list[dict[str, Any]]] = {"clvlab": [], "PyMC-Marketing": [], "PyMC-Marketing, nutpie": []}
    load = []
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "cdnow.csv")
        histories[["frequency", "recency", "T"]].reset_index().to_csv(file, index=False)
        for seed in range(1, options.repeats + 1):
            load.append(os.getloadavg()[0])
            runs["clvlab"].append(measured([sys.executable, __file__, "--one", file, str(seed)]))
            for said, sampler in (("PyMC-Marketing", "pymc"), ("PyMC-Marketing, nutpie", "nutpie")):
                command = [str(PYTHON), str(PEER), file, sampler, *settings, str(seed)]
                runs[said].append(measured(command))
    found = {said: middle(each) for said, each in runs.items()}
    check_agreement(found)

    print(f"CDNOW, {len(histories):,} customers; {CHAINS} chains x {DRAWS:,} draws after {TUNE:,} of tuning")
    print(f"{os.cpu_count()} cores; load when a round began: {statistics.median(load):.1f}\n")
    heads = ("imports", "compile and sample", "end to end", "processors", "R-hat", "effective draws")
    print(f"{'':24}" + "".join(f"{head:>19}" for head in heads))
    for said, run in found.items():
        cells = [f"{run[part]:.1f} s" for part in ("imports", "fitting", "whole", "worked")]
        cells += [f"{run['r_hat']:.4f}", f"{run['effective']:.0f} of {run['draws']}"]
        print(f"{said:24}" + "".join(f"{cell:>19}" for cell in cells))
    print()
    for said, run in found.items():
        means = ", ".join(f"{name} {run['means'][name]:.4g} ({run['deviations'][name]:.2g})" for name in PARAMETERS)
        print(f"{said:24}{means}   {run['version']}")
    print()
    for said in list(found)[1:]:
        faster = found[said]["fitting"] / found["clvlab"]["fitting"]
        sooner, lighter = (found[said][part] / found["clvlab"][part] for part in ("whole", "worked"))
        print(
            f"{said} takes {faster:.1f} times as long to compile and sample, {sooner:.1f} times end to end, and "
            f"{lighter:.1f} times the processor time"
        )


if __name__ == "__main__":
    main()
