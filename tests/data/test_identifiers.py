"""Identifiers are text as written."""

import numpy as np
import pandas as pd
import pytest

from clvlab.data.identifiers import identifier, identifiers


@pytest.mark.parametrize(
    ("value", "text"),
    [(7043, "7043"), (7043.0, "7043"), (np.int64(7043), "7043"), (np.float32(7043), "7043"), ("7043.0", "7043.0"),
     ("007", "007"), ("  padded ", "  padded "), (1.5, "1.5"), ("王芳", "王芳")],
)  # fmt: skip
def test_as_written_and_never_with_the_decimal_of_a_float(value: object, text: str) -> None:
    assert identifier(value) == text


def test_an_index_of_text() -> None:
    found = identifiers(pd.Series([18621.0, 2.0]))
    assert found.tolist() == ["18621", "2"]
    assert pd.api.types.is_string_dtype(found)
