"""What models have to say: codes with values, sentences for them, and notes that survive being saved."""

import ast
import json
import re
import tomllib
from datetime import date
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.models.saving import note_from_json, note_to_json
from clvlab.notes import Note, Span
from clvlab.words import catalogue

PACKAGE = Path(clv.__file__).parent
SENTENCES = tomllib.loads((PACKAGE / "words" / "en" / "models.toml").read_text(encoding="utf-8"))
FLOORS = ("formulas", "inference", "models", "value")


def sources() -> dict[str, str]:
    files = [path for floor in FLOORS for path in sorted((PACKAGE / floor).glob("*.py")) if path.name != "story.py"]
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def test_every_code_has_its_sentence_and_every_sentence_its_code() -> None:
    codes = {code for text in sources().values() for code in re.findall(r'"models\.(\w+)"(?! *:? *import)', text)}
    assert codes == set(SENTENCES)


def test_sentences_use_the_values_that_are_given() -> None:
    calls = [node for text in sources().values() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    notes = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Note"]
    said = [call for call in notes if isinstance(call.args[0], ast.Constant)]
    assert len(said) > 8
    for call in said:
        code, given = ast.literal_eval(call.args[0]), {keyword.arg for keyword in call.keywords}
        if None in given:  # **told: what is in it is not written here
            continue
        entry = catalogue("en")[code]
        for sentence in entry.values() if isinstance(entry, dict) else [entry]:
            assert {field for _, field, _, _ in Formatter().parse(sentence) if field} <= given, code


def test_these_floors_know_no_words() -> None:
    for name, text in sources().items():
        assert not re.search(r"clvlab(\.| import )(words|figures|pages)", text), name


def test_diagnostics_print() -> None:
    one = pd.DataFrame({"frequency": [3.0], "recency": [20.0], "T": [30.0]}, index=["Ann"])
    told = str(clv.BGNBD().fit(one, unit="week").diagnostics)
    assert re.search(r"^iterations \d+, .*condition_number", told)
    assert re.search(r"^models\.(ridge|edge) \(", told, re.MULTILINE)


def test_a_saved_fit_keeps_its_notes(tmp_path: Path) -> None:
    table = (
        clv.BGCNBD(k=2).at(r=1.0, alpha=3.0, a=0.5, b=3.0, unit="week").simulate_histories(np.full(150, 40.0), seed=1)
    )
    regular = clv.BGCNBD().fit(table, draws=5)
    one = clv.BGNBD().fit(table.head(1).assign(frequency=3.0, recency=20.0))
    for fit in (regular, one):
        fit.save(tmp_path / "fit.json")
        again = clv.load_fit(tmp_path / "fit.json").diagnostics
        assert again.messages == fit.diagnostics.messages
        assert again.notes == fit.diagnostics.notes
    assert [note.code for note in regular.diagnostics.notes] == ["models.chosen_k"]
    said = r"k = \d has the highest log-likelihood \(k = 1: -[\d,]+\.\d, .*k = 6: -[\d,]+\.\d\)\."
    assert re.fullmatch(said, clv.words.Locale().say(regular.diagnostics.notes[0]))
    assert [note.code for note in one.diagnostics.messages] in (["models.ridge"], ["models.edge"])


def test_a_fit_of_an_earlier_version_is_refused(tmp_path: Path) -> None:
    clv.NBD().at(r=1.0, alpha=2.0).save(tmp_path / "fit.json")
    content = json.loads((tmp_path / "fit.json").read_text())
    (tmp_path / "fit.json").write_text(json.dumps({**content, "clvlab": 1}))
    with pytest.raises(clv.InputError, match=r"another version of clvlab .*fit the model again"):
        clv.load_fit(tmp_path / "fit.json")


def test_any_value_of_a_note_comes_back() -> None:
    inner = Note("models.laplace_uneven", k_hat=np.float64(0.9))
    note = Note("models.any", inner=inner, at=date(2020, 1, 31), span=Span(39, "week"), many=["a", inner, 2.5],
                none=None, yes=True, far=float("inf"), text="王芳")  # fmt: skip
    written = json.dumps(note_to_json(note), allow_nan=False)
    assert note_from_json(json.loads(written)) == note
    with pytest.raises(TypeError, match="holds text, numbers"):
        note_to_json(Note("models.any", frame={"a": 1}))
