"""What the page of the next product opens with, as notes: every number comes from the study."""

import pandas as pd

from clvlab.customers.next_product import NextProduct, NextProductStudy
from clvlab.notes import Note
from clvlab.pages.exhibits import Metric
from clvlab.pages.exhibits.notice import Level

OUTSIDE = 0.2  # share of later purchases outside the catalogue from which it is said


def sentences(study: NextProductStudy) -> tuple[Note, ...]:
    """Whether recommendations beat simple ones, the strongest pair, and what to do."""
    found = study.next
    told: list[Note | None] = []
    if isinstance(found, NextProduct):
        told += [_new(found), _again(found)]
    else:
        told.append(found)
    told += [_pairs(study), _do(study)]
    return tuple(note for note in told if note)


def row_of(found: NextProduct, question: str, than: str) -> pd.Series | None:
    """The comparison of the best with a simple candidate."""
    chosen = found.beats[(found.beats["question"] == question) & (found.beats["than"] == than)]
    return chosen.iloc[0] if len(chosen) else None


def recall(found: NextProduct, question: str, candidate: str) -> float:
    """Share of what was bought that a candidate named."""
    scores = found.scores[(found.scores["question"] == question) & (found.scores["candidate"] == candidate)]
    return float(scores["recall"].iloc[0])


def _compared(found: NextProduct, question: str, than: str, codes: tuple[str, str, str]) -> Note | None:
    """The best against a simple candidate: better, no different, worse."""
    row = row_of(found, question, than)
    if row is None:
        return None
    better, alike, worse = codes
    code = better if row["low"] > 0 else worse if row["high"] < 0 else alike
    return Note(
        code, n=found.n, horizon=found.horizon, recall=recall(found, question, str(row["best"])),
        simple=recall(found, question, than), best=str(row["best"]), difference=abs(float(row["difference"])),
        low=float(row["low"]), high=float(row["high"]), customers=int(row["customers"]),
    )  # fmt: skip


def _new(found: NextProduct) -> Note | None:
    codes = ("next_product.answer.new_better", "next_product.answer.new_alike", "next_product.answer.new_worse")
    if not len(found.scores[found.scores["question"] == "new"]):
        return None
    return _compared(found, "new", "popularity", codes) or Note("next_product.answer.popularity_is_best")


def _again(found: NextProduct) -> Note | None:
    codes = ("next_product.answer.again_better", "next_product.answer.again_alike", "next_product.answer.again_worse")
    if not len(found.scores[found.scores["question"] == "any"]):
        return None
    return _compared(found, "any", "buy_again", codes) or Note("next_product.answer.buy_again_is_best")


def pair_names(row: pd.Series) -> tuple[str, str]:
    """The two products as they are called."""
    names = []
    for name, identifier in (("name", "product"), ("other_name", "other")):
        names.append(str(row[identifier] if pd.isna(row[name]) else row[name]))
    return names[0], names[1]


def _pairs(study: NextProductStudy) -> Note:
    rules = study.rules
    if rules.table.empty:
        return Note("next_product.answer.no_pairs", n=rules.tested, products=rules.products)
    if rules.later_from is None:
        row = rules.table.iloc[0]
        one, other = pair_names(row)
        return Note(
            "next_product.answer.pairs_unchecked", n=len(rules.table), tested=rules.tested, one=one, other=other,
            times=float(row["adjusted"]), low=float(row["adjusted_low"]), high=float(row["adjusted_high"]),
        )  # fmt: skip
    again = rules.table[rules.table["repeated"]]
    if again.empty:
        return Note("next_product.answer.none_repeated", n=len(rules.table), tested=rules.tested)
    row = again.iloc[0]
    one, other = pair_names(row)
    return Note(
        "next_product.answer.pairs", n=len(rules.table), tested=rules.tested, repeated=len(again), one=one, other=other,
        times=float(row["adjusted_later"]), low=float(row["adjusted_later_low"]),
        high=float(row["adjusted_later_high"]), confidence=float(row["confidence"]),
    )  # fmt: skip


def _do(study: NextProductStudy) -> Note:
    if isinstance(study.next, NextProduct):
        return Note("next_product.answer.do")
    return Note("next_product.answer.do_pairs")


def metrics(study: NextProductStudy) -> tuple[Metric, ...]:
    """What recommendations name, against popularity; pairs and those that repeated."""
    found, rules = study.next, study.rules
    told = []
    if isinstance(found, NextProduct):
        new = found.scores[(found.scores["question"] == "new") & (found.scores["candidate"] == found.best["new"])]
        if len(new):
            row = new.iloc[0]
            told.append(Metric(
                label=Note("next_product.metrics.recall", n=found.n), value=float(row["recall"]),
                low=float(row["recall_low"]), high=float(row["recall_high"]), interval="confidence95", kind="percent",
                note=Note("next_product.metrics.customers", n=int(row["customers"])),
            ))  # fmt: skip
        against = row_of(found, "new", "popularity")
        if against is not None:
            told.append(Metric(
                label=Note("next_product.metrics.difference"), value=100.0 * float(against["difference"]),
                low=100.0 * float(against["low"]), high=100.0 * float(against["high"]), interval="confidence95",
                digits=1, note=Note("next_product.metrics.points"),
            ))  # fmt: skip
    told.append(Metric(label=Note("next_product.metrics.pairs"), value=float(len(rules.table)), digits=0,
                       note=Note("next_product.metrics.tested", n=rules.tested)))  # fmt: skip
    if rules.later_from is not None:
        told.append(Metric(label=Note("next_product.metrics.repeated"), value=float(rules.table["repeated"].sum()),
                           digits=0, note=Note("next_product.metrics.since", when=rules.later_from)))  # fmt: skip
    else:
        told.append(Metric(label=Note("next_product.metrics.baskets"), value=float(rules.n), digits=0))
    return tuple(told)


def cautions(study: NextProductStudy) -> list[tuple[Note, Level]]:
    """What readers must know of the records."""
    found: list[tuple[Note, Level]] = [(note, "info") for note in study.rules.notes]
    offered = study.next
    if isinstance(offered, NextProduct):
        found += [(note, "info") for note in offered.notes if note not in study.rules.notes]
        if offered.outside > OUTSIDE:
            found.append((Note("next_product.outside", share=offered.outside, catalogue=offered.catalogue), "info"))
    return found
