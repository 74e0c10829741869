"""Calibrate models by simulation and write what was found: ``make sbc``, or ``python tests/sbc/run.py --help``.

Each run replaces the entry of the same model, method, customers, spread and seed in docs/sbc.json; the tables in
docs/sbc.md are made again from all entries.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ranks import METHODS_OF_LAPLACE, Ranks, coverage, p_chi_square, p_ecdf, sampler, simulate
from studies import SPREAD, STUDIES

DOCS = Path(__file__).resolve().parents[2] / "docs"
RESULTS, PAGE = DOCS / "sbc.json", DOCS / "sbc.md"
BEGIN, END = "<!-- results: written by tests/sbc/run.py -->", "<!-- end of results -->"
SAMPLERS = ("nuts", "gibbs")
KEY = ("model", "method", "customers", "spread", "seed")
METHODS = (*METHODS_OF_LAPLACE, *SAMPLERS)


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    asked = _parser().parse_args(arguments)
    until = None if asked.minutes is None else time.monotonic() + 60.0 * asked.minutes
    able = [name for name, study in STUDIES.items() if asked.method in (study.model.sampler, *METHODS_OF_LAPLACE)]
    for name in asked.models or able:
        study = STUDIES[name].spread(asked.spread)
        ranks = simulate(
            study,
            sampler(asked.method, asked.draws),
            simulations=asked.simulations,
            customers=asked.customers,
            seed=asked.seed,
            until=until,
        )
        if ranks.used:
            entry = _entry(name, asked, ranks) | {
                "priors": {k: str(prior) for k, prior in study.stated().items()},
                "derived": study.derived,
            }
            _keep(entry)
            print(f"{name}: {ranks.used} of {ranks.simulations} used, {ranks.seconds:.0f} s", flush=True)
    write_page()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Simulation-based calibration of Bayesian fits.")
    parser.add_argument(
        "models", nargs="*", metavar="MODEL", help=f"of {', '.join(STUDIES)}; all that the method suits unless named"
    )
    parser.add_argument("--method", choices=METHODS, default="laplace")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--draws", type=int, default=1000, help="proposals that Laplace weighs")
    parser.add_argument("--spread", type=float, default=SPREAD, help="standard deviation of log parameters a priori")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="start no simulation later than this")
    return parser


def _entry(name: str, asked: argparse.Namespace, ranks: Ranks) -> dict[str, Any]:
    draws = f" --draws {asked.draws}" if asked.method not in SAMPLERS else ""
    command = (
        f"python tests/sbc/run.py {name} --method {asked.method} --simulations {ranks.simulations} "
        f"--customers {asked.customers}{draws} --spread {asked.spread:g} --seed {asked.seed}"
    )
    told = {key: np.array([each[key] for each in ranks.told]) for key in ranks.told[0]}
    return {
        "model": name,
        "method": asked.method,
        "customers": asked.customers,
        "spread": asked.spread,
        "seed": asked.seed,
        "draws": asked.draws if asked.method not in SAMPLERS else None,
        "simulations": ranks.simulations,
        "used": ranks.used,
        "refused": dict(ranks.refused),
        "seconds": round(ranks.seconds, 1),
        "command": command,
        "told": {key: _summary(values) for key, values in told.items()},
        "quantities": {quantity: _judged(values) for quantity, values in ranks.ranks.items()},
    }


def _summary(values: Any) -> dict[str, float]:
    return {
        "median": round(float(np.median(values)), 3),
        "least": round(float(values.min()), 3),
        "most": round(float(values.max()), 3),
    }


def _judged(ranks: list[int]) -> dict[str, Any]:
    return {
        "p_ecdf": round(p_ecdf(ranks), 4),
        "p_chi_square": round(p_chi_square(ranks), 4),
        "coverage_50": [round(v, 3) for v in coverage(ranks, 0.5)],
        "coverage_90": [round(v, 3) for v in coverage(ranks, 0.9)],
        "mean_rank": round((float(np.mean(ranks)) + 0.5) / 100.0, 3),
        "ranks": ranks,
    }


def _read() -> list[dict[str, Any]]:
    if not RESULTS.is_file():
        return []
    entries: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return entries


def _keep(entry: dict[str, Any]) -> None:
    others = [each for each in _read() if any(each[key] != entry[key] for key in KEY)]
    order = {(method, name): i for i, (method, name) in enumerate((m, n) for m in METHODS for n in STUDIES)}
    entries = sorted(
        [*others, entry], key=lambda e: (order[e["method"], e["model"]], e["customers"], e["spread"], e["seed"])
    )
    text = ",\n".join(json.dumps(each) for each in entries)
    RESULTS.write_text(f"[\n{text}\n]\n", encoding="utf-8")


def write_page() -> None:
    """Put the tables between their marks in docs/sbc.md; what stands around them is left as it is."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else f"# Calibration by simulation\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{_tables(_read())}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _tables(entries: list[dict[str, Any]]) -> str:
    lines = [
        "| model | method | spread | n | seed | simulations | refused | quantity | p, ECDF | p, chi-square "
        "| 50 % covers | 90 % covers | mean rank |",
        "|" + "---|" * 13,
    ]
    for e in entries:
        refused = ", ".join(f"{count} {why}" for why, count in e["refused"].items()) or "0"
        for i, (quantity, q) in enumerate(e["quantities"].items()):
            head = [e["model"], e["method"], f"{e['spread']:g}", e["customers"], e["seed"], e["simulations"], refused]
            cells = [*(head if i == 0 else [""] * 7), quantity, f"{q['p_ecdf']:.3f}", f"{q['p_chi_square']:.3f}"]
            cells += [_covered(q["coverage_50"]), _covered(q["coverage_90"]), f"{q['mean_rank']:.2f}"]
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "| model | method | command | seconds | what the method told of itself: median (least to most) |"]
    lines.append("|---|---|---|---|---|")
    for e in entries:
        told = "; ".join(f"{k} {v['median']:g} ({v['least']:g} to {v['most']:g})" for k, v in e["told"].items())
        lines.append(f"| {e['model']} | {e['method']} | `{e['command']}` | {e['seconds']:.0f} | {told} |")
    return "\n".join(lines) + "\n"


def _covered(found: list[float]) -> str:
    share, low, high = found
    outside = "" if low <= share <= high else " **outside**"
    return f"{share:.1%} ({low:.0%} to {high:.0%}){outside}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
