"""Tables that no contract describes are read as they stand, whatever holds them."""

from pathlib import Path

import pandas as pd
import pytest

from clvlab.data.wide import read_wide
from clvlab.errors import InputError


def test_one_table_in_every_file(tmp_path: Path) -> None:
    made = pd.DataFrame({"客户": ["甲", "乙"], "2018": [1, 2], "2019": [0.5, None], "mixed": ["1", "b"]})
    made.to_csv(tmp_path / "gb.csv", index=False, encoding="gb18030")
    made.to_csv(tmp_path / "bom.csv", index=False, encoding="utf-8-sig", sep=";")
    made.to_excel(tmp_path / "book.xlsx", index=False)
    made.astype("str").where(made.notna(), None).to_parquet(tmp_path / "text.parquet")
    for name in ("gb.csv", "bom.csv", "book.xlsx", "text.parquet"):
        found = read_wide(tmp_path / name)
        assert list(found) == list(made), name
        assert found["客户"].tolist() == ["甲", "乙"], name
        assert found["2018"].tolist() == [1, 2], name
        assert found["2019"].isna().tolist() == [False, True], name
        assert found["mixed"].tolist() == ["1", "b"], name


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="no rows"):
        read_wide(tmp_path / "empty.csv")
    with pytest.raises(InputError, match="no file"):
        read_wide(tmp_path / "absent.csv")
