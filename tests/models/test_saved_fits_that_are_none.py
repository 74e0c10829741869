"""Files that are no saved fit, or a damaged one: each refused by a named error."""

import copy
import json

import numpy as np
import pytest

import clvlab as clv
from clvlab.errors import InputError


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("fit") / "fit.json"
    clv.BGNBD().fit(clv.datasets.cdnow_summary(), unit="week", method="laplace", draws=50).save(path)
    return json.loads(path.read_text(encoding="utf-8"))


def put(*where, value):
    def change(content):
        held = content
        for part in where[:-1]:
            held = held[part]
        held[where[-1]] = value

    return change


def drop(*where):
    def change(content):
        held = content
        for part in where[:-1]:
            held = held[part]
        del held[where[-1]]

    return change


ALL = ("model", "method", "unit", "params", "draws", "covariance", "diagnostics", "description", "levels", "segments",
       "log_likelihood", "clvlab")  # fmt: skip
NUMBERS = [-1.0, 0.0, float("nan"), float("inf"), None, "x", [], {}]
DAMAGES = {
    **{f"r = {value!r}": put("params", "r", value=value) for value in NUMBERS},
    **{f"without {name}": drop(name) for name in ALL},
    "no parameters": put("params", value={}),
    "parameters as a list": put("params", value=[1.0, 2.0, 3.0, 4.0]),
    "without alpha": drop("params", "alpha"),
    "one parameter more": put("params", "s", value=1.0),
    "no draws of r": drop("draws", "r"),
    "empty draws": put("draws", "r", value=[]),
    "draws of two lengths": put("draws", "r", value=[1.0, 2.0]),
    "draws below zero": put("draws", "r", value=[-1.0] * 50),
    "draws of text": put("draws", "r", value=["x"] * 50),
    "draws that are no number": put("draws", "r", value=[float("nan")] * 50),
    "draws in a table": put("draws", "r", value=[[1.0]] * 50),
    "an unknown unit": put("unit", value="quarter"),
    "a number for the unit": put("unit", value=7),
    "an unknown method": put("method", value="magic"),
    "no method": put("method", value=None),
    "an unknown model": put("model", value="Crystal"),
    "a list for the model": put("model", value=["BGNBD"]),
    "another model": put("model", value="ParetoNBD"),
    "a model of spend": put("model", value="GammaGamma"),
    "an old format": put("clvlab", value=1),
    "a format to come": put("clvlab", value=99),
    "a description of another": put("description", value={"nonsense": 1}),
    "a description that is none": put("description", value=[]),
    "a covariance too small": put("covariance", value=[[1.0]]),
    "a covariance of text": put("covariance", value="x"),
    "fewer customers than none": put("n_customers", value=-1),
    "customers as text": put("n_customers", value="many"),
    "messages that are none": put("diagnostics", "messages", value=[{"code": 1}]),
    "values that are none": put("diagnostics", "values", value=[1]),
    "segments that are none": put("segments", value=7),
    "levels that are none": put("levels", value=[1]),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_fit_is_refused(damage, saved, tmp_path):
    content = copy.deepcopy(saved)
    DAMAGES[damage](content)
    path = tmp_path / "fit.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"fit\.json"):
        clv.load_fit(path)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "7", "null", '"x"', "{}", "[" * 100_000, '{"model": "BGNBD"}', "not json", "\ufeff{}"],
    ids=lambda content: content[:12] or "empty",
)
def test_a_file_that_is_no_fit_is_refused(content, tmp_path):
    path = tmp_path / "fit.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"fit\.json"):
        clv.load_fit(path)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        clv.load_fit(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        clv.load_fit(tmp_path)
    (tmp_path / "bytes.json").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"bytes\.json"):
        clv.load_fit(tmp_path / "bytes.json")


def test_an_undamaged_fit_forecasts_as_before(saved, tmp_path):
    path = tmp_path / "fit.json"
    path.write_text(json.dumps(saved), encoding="utf-8")
    fit = clv.load_fit(path)
    assert np.isclose(fit.params["r"], saved["params"]["r"])
