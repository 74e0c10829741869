"""Survival and retention results as others report them; see each test for where the records come from.

The records of Rossi et al. (recidivism), whose Cox regression is often reprinted, come inside lifelines, which cannot
be installed beside pandas 3: its test reads them where rossi.csv lies with the other data sets, and skips where not.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clvlab.churn import CoxFit, Spells, contract_table, cox, cumulative_incidence, kaplan_meier, reasons, spells
from clvlab.models import BetaDiscreteWeibull, ShiftedBetaGeometric

AS_NUMBERS = ["Partner", "Dependents", "MultipleLines", "OnlineSecurity", "OnlineBackup", "DeviceProtection",
              "TechSupport", "PaperlessBilling"]  # fmt: skip
STRATA = ["InternetService", "StreamingMovies", "StreamingTV", "PhoneService"]
ELECTRONIC = "PaymentMethod=Electronic check"


def read(folder: Path, name: str) -> pd.DataFrame:
    if not (folder / name).exists():
        pytest.skip(f"the real data sets are not here: {folder / name} is absent")
    return pd.read_csv(folder / name)


@pytest.fixture(scope="module")
def telco(shared_data: Path) -> pd.DataFrame:
    return read(shared_data, "telco_churn.csv")


def telco_spells(table: pd.DataFrame) -> Spells:
    return spells(table, duration="tenure", event="Churn", customer="customerID")


def test_telco_kaplan_meier(telco: pd.DataFrame) -> None:
    of = telco_spells(telco)
    assert (len(of), of.n_events) == (7043, 1869)
    found = kaplan_meier(of).at([12, 24, 36, 48, 60, 72])[""]
    assert found.tolist() == pytest.approx([0.8432, 0.7887, 0.7485, 0.7088, 0.6644, 0.5928], abs=5e-5)


def test_telco_month_to_month(telco: pd.DataFrame) -> None:
    table = telco[(telco["Contract"] == "Month-to-month") & (telco["InternetService"] != "No")]
    of = telco_spells(table)
    assert (len(of), of.n_events) == (3351, 1556)
    assert kaplan_meier(of).medians["median"].item() == 34.0
    fit = cox(of, covariates=["Dependents", "InternetService", "OnlineBackup", "TechSupport"])
    published = {
        "Dependents=Yes": -0.3287,
        "InternetService=DSL": -0.2173,
        "OnlineBackup=Yes": -0.7766,
        "TechSupport=Yes": -0.6392,
    }
    assert fit.table["coef"].to_dict() == pytest.approx(published, abs=5e-5)
    assert fit.log_likelihood == pytest.approx(-11315.95, abs=5e-3)
    assert fit.concordance == pytest.approx(0.641, abs=5e-4)


@pytest.fixture(scope="module")
def stratified(telco: pd.DataFrame) -> CoxFit:
    """The stratified regression, whose references are month-to-month contracts and automatic bank transfers."""
    table = telco.replace("No internet service", "No")
    for name in AS_NUMBERS:
        table[name] = (table[name] == "Yes") * 1.0
    table["Male"] = (table["gender"] == "Male") * 1.0
    levels = {"Contract": "Month-to-month", "PaymentMethod": "Bank transfer (automatic)"}
    dummies = []
    for name, reference in levels.items():
        for level in sorted(set(table[name]) - {reference}):
            table[f"{name}={level}"] = (table[name] == level) * 1.0
            dummies.append(f"{name}={level}")
    chosen = [*AS_NUMBERS, "Male", "SeniorCitizen", *dummies, "MonthlyCharges"]
    return cox(telco_spells(table), covariates=chosen, strata=STRATA)


def test_telco_stratified(stratified: CoxFit) -> None:
    assert stratified.log_likelihood == pytest.approx(-10106.05, abs=5e-3)
    published = {
        "Contract=One year": -1.59, "Contract=Two year": -3.11, "Partner": -0.53, "OnlineSecurity": -0.62,
        ELECTRONIC: 0.56,
    }  # fmt: skip
    assert stratified.table["coef"][list(published)].to_dict() == pytest.approx(published, abs=5e-3)


def test_telco_stratified_concordance(stratified: CoxFit) -> None:
    assert stratified.concordance == pytest.approx(0.83, abs=5e-3)


# survival 3's cox.zph of tenure ~ MonthlyCharges + Contract + PaymentMethod: chi-squared by km, and by rank
BY_COEFFICIENT = {
    "MonthlyCharges": (60.3496, 53.5014),
    "Contract=One year": (77.4258, 80.1795),
    "Contract=Two year": (19.7717, 20.8316),
    "PaymentMethod=Bank transfer (automatic)": (11.7352, 10.1309),
    "PaymentMethod=Credit card (automatic)": (16.1295, 13.8002),
    "PaymentMethod=Mailed check": (23.8106, 20.1367),
    "GLOBAL": (210.1038, 206.9857),
}
BY_TERM = {
    "MonthlyCharges": (60.3496, 53.5014),
    "Contract": (109.0633, 114.7855),
    "PaymentMethod": (47.4736, 41.0620),
    "GLOBAL": (210.1038, 206.9857),
}


@pytest.mark.parametrize("terms", [False, True])
def test_telco_proportional_hazards_as_r(telco: pd.DataFrame, terms: bool) -> None:
    of = telco_spells(telco[telco["tenure"] > 0])
    fit = cox(of, covariates=["MonthlyCharges", "Contract", "PaymentMethod"])
    for place, transform in enumerate(("km", "rank")):
        found = fit.proportional_hazards(terms=terms, transform=transform)
        published = {name: each[place] for name, each in (BY_TERM if terms else BY_COEFFICIENT).items()}
        assert found["statistic"].to_dict() == pytest.approx(published, abs=5e-5)
        assert found.index[-1] == "GLOBAL"
    assert found["df"].tolist() == ([1, 2, 3, 6] if terms else [1, 1, 1, 1, 1, 1, 6])


RETENTION = {"high_end_pct": (0.668, 3.806), "regular_pct": (0.704, 1.182)}  # alpha, beta of the sBG


def seven_years(shared_data: Path, group: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Spells of 1,000 customers over the first seven years, and the percent still there after each of twelve."""
    there = (read(shared_data, "fader_hardie_2007_table1.csv")[group] * 10).round().astype(int).to_numpy()
    lost = there[:7] - there[1:8]
    table = pd.DataFrame(
        {
            "years": np.concatenate([np.repeat(np.arange(1, 8), lost), np.full(there[7], 7)]),
            "left": np.arange(1000) < lost.sum(),
        }
    )
    return contract_table(spells(table, duration="years", event="left", unit="year")), there / 10


@pytest.mark.parametrize("group", RETENTION)
def test_shifted_beta_geometric_years_8_to_12(shared_data: Path, group: str) -> None:
    table, there = seven_years(shared_data, group)
    fit = ShiftedBetaGeometric(method="ml").fit(table)
    assert (fit.params["alpha"], fit.params["beta"]) == pytest.approx(RETENTION[group], abs=1e-3)
    survival = 100 * fit.predict(np.arange(8, 13))["survival"].to_numpy()
    assert np.abs(survival - there[8:]).max() < 1.7


@pytest.mark.parametrize("group", RETENTION)
def test_beta_discrete_weibull_years_8_to_12(shared_data: Path, group: str) -> None:
    table, there = seven_years(shared_data, group)
    survival = 100 * BetaDiscreteWeibull(method="ml").fit(table).predict(np.arange(8, 13))["survival"].to_numpy()
    assert np.abs(survival - there[8:]).max() < 1.1


def test_us_lapse_end_to_end(shared_data: Path) -> None:
    table = read(shared_data, "uslapseagent.csv")
    table["left"] = table["allcause"] == 1
    table["why"] = table["termination.cause"].where(table["left"])
    chosen = ["acc.death.rider", "gender", "premium.frequency", "risk.state", "underwriting.age", "living.place",
              "annual.premium"]  # fmt: skip
    of = spells(table, duration="duration", event="left", reason="why", covariates=chosen, unit="quarter")
    assert len(of) == 29_317
    counts = of.table.loc[of.table["event"], "reason"].value_counts().to_dict()
    assert counts == {"surrender": 11_098, "other": 2482, "death": 1284}
    shares = cumulative_incidence(of)
    ends = shares.groupby("reason")["incidence"].last()
    assert ends.sum() + kaplan_meier(of).table["survival"].iloc[-1] == pytest.approx(1.0, abs=1e-10)
    assert ends.idxmax() == "surrender"
    found = reasons(of, covariates=chosen)
    assert (found["problem"] == "").all()
    ratios = found.set_index(["reason", "covariate"])["hazard_ratio"]
    assert ratios.notna().all()
    fit = cox(of, covariates=chosen)
    assert fit.martingale().sum() == pytest.approx(0.0, abs=1e-6)
    assert 0.5 < fit.concordance < 0.8
    assert not fit.proportional_hazards()["p_value"].isna().any()


def test_rossi_cox(shared_data: Path) -> None:
    """As lifelines prints it."""
    table = read(shared_data, "rossi.csv")
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    fit = cox(spells(table[["week", "arrest", *names]], duration="week", event="arrest", unit="week"))
    assert fit.table.loc[names, "coef"].round(2).tolist() == [-0.38, -0.06, 0.31, -0.15, -0.43, -0.08, 0.09]
    assert fit.log_likelihood == pytest.approx(-658.75, abs=5e-3)
    assert fit.concordance == pytest.approx(0.64, abs=5e-3)
