"""What a type checker sees: every fit is of its model's kind."""

import subprocess
import sys
from pathlib import Path

import pytest

import clvlab as clv
from clvlab.models.registry import known_models

KNOWN = """
from typing import assert_type

import pandas as pd

import clvlab as clv
from clvlab.formulas import bg_nbd, gamma_gamma, pareto_ggg, shifted_beta_geometric, weibull
from clvlab.formulas.bg_cnbd_k import with_k
from clvlab.formulas.protocols import (
    MixtureFormula, ContractFormula, SpendFormula, SurvivalFormula, TransactionFormula,
)
from clvlab.models.closed_forecasts import ClosedForecasts, ClosedOutlook
from clvlab.models.contractual import ContractualFit
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.node_forecasts import NodeForecasts
from clvlab.models.node_outlook import NodeOutlook
from clvlab.models.outlook import Engine, Outlook
from clvlab.models.spend import SpendFit
from clvlab.models.survival_fit import SurvivalFit
from clvlab.models.transactions import TransactionFit


def kinds(histories: pd.DataFrame) -> None:
    fit = clv.BGNBD().fit(histories)
    assert_type(fit, TransactionFit)
    assert_type(fit.predict(histories, 9), pd.DataFrame)
    assert_type(clv.BGNBD().at(r=1.0, alpha=1.0, a=1.0, b=1.0), TransactionFit)
    assert_type(clv.BGNBD().using("nuts", draws=10).fit(histories), TransactionFit)
    assert_type(clv.ParetoGGG().fit(histories), TransactionFit)
    assert_type(clv.MBGCNBD(k=2).fit(histories), TransactionFit)
    assert_type(clv.BGBB().fit(histories), TransactionFit)
    assert_type(fit.to_unit("day"), TransactionFit)
    assert_type(fit.refit(histories), TransactionFit)
    spend = clv.GammaGamma().fit(histories)
    assert_type(spend, SpendFit)
    assert_type(clv.GammaGamma().at(p=1.0, q=2.0, v=3.0), SpendFit)
    assert_type(clv.ShiftedBetaGeometric().fit(histories), ContractualFit)
    assert_type(clv.WeibullAFT().fit(histories), SurvivalFit)
    assert_type(clv.load_fit("fit.json"), Fit)
    clv.customer_value(fit, spend, histories, horizon=9, unit="week")
    clv.residual_transactions(clv.ParetoGGG().fit(histories), histories, unit="week")
    any_model: Model[Fit] = clv.GammaGamma()
    purchases: Model[TransactionFit] = clv.ParetoGGG()
    assert_type(any_model.fit(histories), Fit)
    assert_type(purchases.fit(histories), TransactionFit)


transactions: list[TransactionFormula] = [bg_nbd, with_k(2)]
mixture: MixtureFormula = pareto_ggg
spend: SpendFormula = gamma_gamma
retention: ContractFormula = shifted_beta_geometric
survival: SurvivalFormula = weibull
engines: list[type[Engine]] = [ClosedForecasts, NodeForecasts]


def outlooks(closed: ClosedOutlook, nodes: NodeOutlook) -> list[Outlook]:
    return [closed, nodes]
"""
WRONG = """
import pandas as pd

import clvlab as clv
from clvlab.formulas import gamma_gamma
from clvlab.formulas.protocols import TransactionFormula

histories = pd.DataFrame()
clv.customer_value(clv.GammaGamma().fit(histories), clv.BGNBD().fit(histories), histories, horizon=9)  # 9
clv.BGNBD().fit(histories).expected_lifetime(0.1)  # 10
formula: TransactionFormula = gamma_gamma  # 11
"""


def mypy(folder: Path, source: str) -> str:
    (folder / "checked.py").write_text(source, encoding="utf-8")
    root = Path(clv.__file__).parents[1]
    options = ["--strict", "--follow-imports=silent", f"--config-file={root / 'pyproject.toml'}"]
    options += [f"--cache-dir={root / '.mypy_cache'}", str(folder / "checked.py")]
    command = [sys.executable, "-m", "mypy", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=300, check=False)
    return done.stdout + done.stderr


@pytest.mark.timeout(400)
def test_a_type_checker_knows_the_kind_of_every_fit(tmp_path: Path) -> None:
    told = mypy(tmp_path, KNOWN)
    assert "Success" in told, told


@pytest.mark.timeout(400)
def test_a_type_checker_sees_what_does_not_fit(tmp_path: Path) -> None:
    told = mypy(tmp_path, WRONG)
    for line in (9, 10, 11):
        assert f"checked.py:{line}: error" in told, told


def test_fits_are_of_the_kind_their_model_names() -> None:
    for name, model_class in known_models().items():
        model = model_class()
        params = dict.fromkeys(model.formula.PARAMETERS, 2.0)
        assert type(model.at(**params)) is model_class.fit_class, name
