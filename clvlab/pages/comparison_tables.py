"""Tables of the page of the comparison: which columns, how written, and heads that only the comparison knows."""

import pandas as pd

from clvlab.evaluation.alike import alike
from clvlab.evaluation.fits import estimates_of
from clvlab.evaluation.outcome import Of
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.score_records import all_scores
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note
from clvlab.words import Locale

FAILED = {"competitor": "competitor", "failed": "quoted"}
OTHERS = {"criterion": "text", "best": "competitor", "score": "text", "winner_score": "text", "changes": "changes"}
CRITERIA = {"competitor": "competitor", "method": "method", "parameters": "number0",
            **dict.fromkeys(["log_likelihood", "aic", "bic", "elpd", "elpd_difference", "difference_se"],
                            "number1")}  # fmt: skip
RATIOS = {"small": "competitor", "large": "competitor", "statistic": "number1", "degrees_of_freedom": "number0",
          "p_value": "p_value", "p_value_by": "p_value_by"}  # fmt: skip
SEGMENTS = {"segment": "text", "competitor": "competitor", "customers": "number0", "actual": "number0",
            "expected": "number0", "total_error": "percent1", "deviance": "number3", "difference": "number3",
            "low": "number3", "high": "number3"}  # fmt: skip
WITHOUT = {"who": "text", "customers": "number0", "actual": "number0", "total": "number0", "total_error": "percent1",
           "mae": "number3", "pit_share": "percent1"}  # fmt: skip
Heads = dict[str, Note]


def written(of: Of) -> dict[str, str]:
    """Scores of purchases, or of value, and how they are written; registered ones come last."""
    return {score.id: score.written for score in all_scores() if score.of == of and score.shown}


def own_heads(key: str, of: Of, locale: Locale) -> Heads:
    """Heads of registered scores that came without words for this table: their names, or their ids."""
    missing = [name for name in written(of) if f"{key}.heads.{name}" not in locale.words]
    return {name: Note("comparison_report.second_thoughts.by", criterion=name) for name in missing}


def scores(comparison: Comparison) -> pd.DataFrame:
    """Competitors that differ, lowest deviance first, each with those of nearly identical forecasts (``alike``)."""
    groups = alike(comparison)
    shown = comparison.table.loc[list(groups)].dropna(how="all", axis=1)
    shown["among"] = _whether(shown.index, comparison.verdict.best_set)
    if any(groups.values()):
        shown["alike"] = pd.Series({key: keys or None for key, keys in groups.items()}, dtype=object)
    return shown


def all_scores_of(comparison: Comparison) -> pd.DataFrame:
    """Every competitor, and every column that holds something; for a file."""
    table = comparison.table.rename_axis("competitor")
    empty = [name for name in table if (table[name].isna() | (table[name] == "")).all()]
    return table.drop(columns=empty)


def value(comparison: Comparison) -> pd.DataFrame:
    """The same of value, of those that forecast it: lowest deviance of value first."""
    table = comparison.table.loc[list(alike(comparison))]
    known = table[table["value_deviance"].notna()].sort_values("value_deviance", kind="stable")
    best = comparison.verdict.value.best_set if comparison.verdict.value else ()
    return known.assign(among=_whether(known.index, best))


def _whether(keys: pd.Index, best: tuple[str, ...]) -> list[str]:
    """Ids of answers: whether each is among the best."""
    return ["true" if key in best else "false" for key in keys]


def by_origin(comparison: Comparison) -> tuple[pd.DataFrame, Heads]:
    """Deviance of competitors that differ, one column per calibration end."""
    wide = comparison.by_origin.set_index(["competitor", "origin"])["deviance"].unstack("origin")  # noqa: PD010
    wide = wide.reindex(list(alike(comparison))).rename_axis("competitor")
    heads = {f"{end:%Y-%m-%d}": Note("comparison_report.periods.day", when=end) for end in wide.columns}
    return wide.set_axis(list(heads), axis=1), heads


def criteria_named(others: pd.DataFrame) -> pd.DataFrame:
    """``second_thoughts.other_scores`` with each criterion, and its scores, as notes."""
    named = [
        Note("comparison_report.second_thoughts.at", when=origin)
        if pd.notna(origin)
        else Note("comparison_report.second_thoughts.by", criterion=criterion)
        for criterion, origin in zip(others["criterion"], others["origin"], strict=True)
    ]
    shown = others.assign(criterion=pd.Series(named, index=others.index, dtype=object))
    for column in ("score", "winner_score"):
        told = [_told(criterion, score) for criterion, score in zip(others["criterion"], others[column], strict=True)]
        shown[column] = pd.Series(told, index=others.index, dtype=object)
    return shown


def _told(criterion: str, score: float) -> Note:
    """A score as its record writes it."""
    spec = next(each.written for each in all_scores() if each.id == criterion)
    if spec.startswith("percent"):
        return Note("comparison_report.second_thoughts.percent", x=score)
    if spec.startswith("money"):
        return Note("comparison_report.second_thoughts.money", x=score)
    return Note("comparison_report.second_thoughts.number", x=score)


def parameters(comparison: Comparison, fit: TransactionFit) -> tuple[pd.DataFrame, Heads]:
    """Estimates of one model, one row per parameter, by every method that fitted it, with standard errors if known."""
    wide = pd.DataFrame(index=pd.Index(list(fit.params), name="parameter"))
    heads: Heads = {}
    for key, own in estimates_of(comparison, fit).groupby("competitor", sort=False):
        told = own.set_index("parameter")
        wide[f"estimate {key}"] = told["estimate"]
        heads[f"estimate {key}"] = Note("comparison_report.parameters.estimate", competitor=str(key))
        if told["std_error"].notna().any():
            wide[f"std_error {key}"] = told["std_error"]
            heads[f"std_error {key}"] = Note("comparison_report.parameters.std_error", competitor=str(key))
    return wide, heads


def uneven(criteria: pd.DataFrame) -> list[Note]:
    """Of which fits leave-one-out is not to be trusted for some customers."""
    above = criteria["share_above"]
    return [
        Note("comparison_report.criteria.uneven", competitor=str(key), share=float(share))
        for key, share in above[above > 0].items()
    ]


def without(table: pd.DataFrame) -> pd.DataFrame:
    """``acquired_later.with_and_without`` with whom it counts as notes."""
    who = {
        "everybody": Note("comparison_report.without.everybody"),
        "acquired_later": Note("comparison_report.without.acquired_later", when=table.attrs["acquired_from"]),
    }
    named = table.reset_index(drop=True)
    return named.assign(who=pd.Series([who[str(each)] for each in table.index], index=named.index, dtype=object))
