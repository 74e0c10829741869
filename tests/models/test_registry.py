"""One list of models: what follows from it, and models from outside the package that join it."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import nbd
from clvlab.formulas.protocols import TransactionFormula
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models import MODELS, register_model, unregister_model
from clvlab.models.model import Model
from clvlab.models.registry import known_models
from clvlab.models.transactions import TransactionFit

PACKAGE = Path(clv.__file__).parent
DOCS = PACKAGE.parent / "docs" / "models.md"


@dataclass(frozen=True, kw_only=True)
class ToyNBD(Model[TransactionFit]):
    """A model from outside the package."""

    formula: ClassVar[TransactionFormula] = nbd
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {"r": LogNormal(1.0, 1.5), "alpha": LogNormal(10.0, 1.5)}

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 1.0, "alpha": float(histories["T"].mean())}


@pytest.fixture
def registered() -> Iterator[None]:
    register_model(ToyNBD)
    yield
    unregister_model("ToyNBD")


def test_the_list_names_classes_of_their_own_name() -> None:
    models = known_models()
    assert list(models) == list(MODELS)
    for name, model in models.items():
        assert (model.__name__, model.__module__) == (name, MODELS[name])
        assert getattr(clv, name) is model
        assert name in clv.__all__


def test_every_model_of_the_package_is_on_the_list() -> None:
    known_models()
    assert {model.__name__ for model in Model.__subclasses__() if model.__module__.startswith("clvlab.")} == set(MODELS)


def test_no_model_is_more_than_one_step_from_model() -> None:
    for model in known_models().values():
        assert Model in model.__bases__, model


def test_the_modules_of_the_list_name_their_models_in_all() -> None:
    # the stub takes its models from there
    named = [name for module in sorted(set(MODELS.values())) for name in __import__(module, fromlist=["x"]).__all__]
    assert sorted(named) == sorted(MODELS)


@pytest.mark.parametrize("stub", [PACKAGE / "__init__.pyi", PACKAGE / "models" / "__init__.pyi"])
def test_the_stubs_take_every_module_of_the_list(stub: Path) -> None:
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    starred = [
        node.module for node in tree.body if isinstance(node, ast.ImportFrom) and [a.name for a in node.names] == ["*"]
    ]
    assert sorted(map(str, starred)) == sorted(set(MODELS.values()))


def test_every_model_has_a_heading_in_the_documentation() -> None:
    headings = re.findall(r"^#+ (.*)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    for name, model in known_models().items():
        stated = model().name.removesuffix(" AFT").replace("-1", "-k")
        found = [heading for heading in headings if stated in heading or "accelerated failure time" in heading]
        assert [heading for heading in found if stated in heading] or name.endswith("AFT"), name
        assert name in DOCS.read_text(encoding="utf-8"), name


def test_reading_the_list_imports_no_model() -> None:
    code = "import sys, clvlab.models; assert 'BGNBD' in clvlab.models.MODELS; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Nope'; it offers .*BGNBD"):
        _ = clv.models.Nope


def test_a_model_from_outside(registered: None, tmp_path: Path) -> None:
    del registered
    table = clv.NBD().at(r=0.8, alpha=6.0, unit="week").simulate_histories(np.full(300, 40.0), seed=1)
    fit = ToyNBD().fit(table, draws=40)
    assert fit.params == pytest.approx(clv.NBD().fit(table, draws=40).params, rel=1e-6)
    fit.save(tmp_path / "toy.json")
    again = clv.load_fit(tmp_path / "toy.json")
    assert type(again.model) is ToyNBD
    assert isinstance(again, TransactionFit)
    pd.testing.assert_frame_equal(again.predict(table, 9), fit.predict(table, 9), check_exact=True)
    assert known_models()["ToyNBD"] is ToyNBD
    unregister_model("ToyNBD")
    with pytest.raises(clv.InputError, match=r"a fit of ToyNBD, and no such model is known.*register_model"):
        clv.load_fit(tmp_path / "toy.json")
    register_model(ToyNBD)


def test_what_cannot_be_registered(registered: None) -> None:
    del registered
    register_model(ToyNBD)  # again is nothing new
    with pytest.raises(clv.InputError, match="takes a subclass of Model"):
        register_model(TransactionFit)  # type: ignore[arg-type]
    with pytest.raises(clv.InputError, match="a model called ToyNBD already"):
        register_model(type("ToyNBD", (ToyNBD,), {}))
    with pytest.raises(clv.InputError, match="a model called BGNBD already"):
        register_model(type("BGNBD", (ToyNBD,), {}))
    with pytest.raises(clv.InputError, match="says what its formula, fit_class, default_priors, _start is"):
        register_model(type("Empty", (Model,), {}))
    with pytest.raises(clv.InputError, match="No model called 'NBD' was registered"):
        unregister_model("NBD")


def test_no_two_classes_of_these_floors_have_one_name() -> None:
    files = [path for floor in ("formulas", "inference", "models", "value") for path in (PACKAGE / floor).glob("*.py")]
    names = Counter(
        node.name
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, n in names.items() if n > 1] == []
