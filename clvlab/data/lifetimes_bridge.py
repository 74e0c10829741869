"""The only module that uses the ``lifetimes`` package: its data files and its fits, for comparison."""

import importlib
import importlib.util
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd


def dataset_path(file: str) -> Path:
    """Return the path of a data file inside the installed package.

    ``lifetimes.datasets`` itself cannot be imported: it needs ``pkg_resources``, which is gone. Finding the
    file does not import the package.
    """
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The data sets come inside the package 'lifetimes', which is not installed.")
    return Path(spec.submodule_search_locations[0]) / "datasets" / file


def summary(frame: pd.DataFrame, **options: object) -> pd.DataFrame:
    """Return ``lifetimes.utils.summary_data_from_transaction_data`` of the frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.DataFrame(_utils().summary_data_from_transaction_data(frame, **options))


def calibration_and_holdout(frame: pd.DataFrame, **options: object) -> pd.DataFrame:
    """Return ``lifetimes.utils.calibration_and_holdout_data`` of the frame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.DataFrame(_utils().calibration_and_holdout_data(frame, **options))


def fit_bg_nbd(frequency: np.ndarray, recency: np.ndarray, T: np.ndarray) -> dict[str, object]:
    """Fit BG/NBD by the other implementation.

    Parameters
    ----------
    frequency, recency, T
        One value per customer; recency and T in one unit.

    Returns
    -------
    dict
        params (dict of r, alpha, a, b), log_likelihood (total), predict (horizon, in the unit, to expected
        purchases per customer) and prob_alive (one value per customer).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter

        fitter = BetaGeoFitter()
        with redirect_stdout(StringIO()):  # it prints what it then raises
            fitter.fit(np.asarray(frequency), np.asarray(recency), np.asarray(T))
        # The fitter keeps its likelihood as a mean, with time rescaled; asked anew, it is in our unit.
        log_likelihood = -len(frequency) * float(
            fitter._negative_log_likelihood(
                np.log(fitter.params_.to_numpy()),
                np.asarray(frequency),
                np.asarray(recency),
                np.asarray(T),
                np.ones(len(frequency)),
                0.0,
            )
        )
        alive = np.asarray(fitter.conditional_probability_alive(frequency, recency, T))

    def predict(horizon: float) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(
                fitter.conditional_expected_number_of_purchases_up_to_time(horizon, frequency, recency, T)
            )

    expected: Callable[[float], np.ndarray] = predict
    return {
        "params": {key: float(value) for key, value in fitter.params_.items()},
        "log_likelihood": log_likelihood,
        "predict": expected,
        "prob_alive": alive,
    }


def fit_pareto_nbd(frequency: np.ndarray, recency: np.ndarray, T: np.ndarray) -> dict[str, object]:
    """Fit Pareto/NBD by the other implementation; slow, since it optimises without derivatives.

    Parameters
    ----------
    frequency, recency, T
        One value per customer; recency and T in one unit.

    Returns
    -------
    dict
        params (dict of r, alpha, s, beta).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import ParetoNBDFitter

        fitter = ParetoNBDFitter()
        fitter.fit(np.asarray(frequency), np.asarray(recency), np.asarray(T))
    return {"params": {key: float(value) for key, value in fitter.params_.items()}}


def _utils() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("lifetimes.utils")
