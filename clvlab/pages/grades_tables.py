"""Tables of tiers, grades and movements."""

import pandas as pd

from clvlab.customers.grades import GradeStudy
from clvlab.customers.grades.migration import NEW
from clvlab.notes import Note, Span

TIER = "segments_and_grades.tier"


def tiers(study: GradeStudy) -> pd.DataFrame:
    """Tiers by value, with what each begins at; none for the last."""
    found = study.value_tiers
    if isinstance(found, Note):
        return pd.DataFrame()
    sizes = found.sizes.rename(columns={"low": "expected_low", "high": "expected_high"})
    ends = [*found.boundaries, 0.0]
    return sizes.assign(share=sizes["value"] / sizes["value"].sum(), begins=ends)


def grades(study: GradeStudy) -> pd.DataFrame:
    """Grades with what is done for each."""
    sizes = study.grades.sizes[["customers", "total"]]
    actions = study.actions.drop(columns="customers")
    return sizes.join(actions).rename_axis("grade")


def weights(study: GradeStudy) -> pd.DataFrame:
    """Dimensions, their weights, and what they are measured by."""
    parts = study.dimensions.parts.columns
    rows = [
        {"dimension": name, "weight": weight,
         "measured": [Note("segments_and_grades.part", part=str(each).removeprefix(f"{name}_"))
                      for each in parts if str(each).startswith(f"{name}_")]}
        for name, weight in study.grades.weights.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).set_index("dimension")


def both(study: GradeStudy) -> tuple[pd.DataFrame, dict[str, Note]]:
    """Customers by grade and tier, and heads of the tiers."""
    found = study.grades_and_tiers
    named = found.set_axis([str(each) for each in found.columns], axis=1)
    return named.rename_axis("grade"), {name: Note(TIER, tier=name) for name in named.columns}


def sensitivity(study: GradeStudy) -> pd.DataFrame:
    """Share of grades changed, by what was changed of the weights."""
    found = study.grades.sensitivity
    rows = [(_case(str(case), row["dimension"]), row["changed"]) for case, row in found.iterrows()]
    return pd.DataFrame(rows, columns=["case", "changed"]).set_index("case")


def _case(case: str, dimension: object) -> Note:
    if case == "equal":
        return Note("segments_and_grades.sensitivity.equal")
    if case == "entropy":
        return Note("segments_and_grades.sensitivity.entropy")
    if case == "around":
        return Note("segments_and_grades.sensitivity.around")
    up = case.endswith("_up")
    code = "segments_and_grades.sensitivity.up" if up else "segments_and_grades.sensitivity.down"
    return Note(code, dimension=dimension)


def movement(study: GradeStudy) -> tuple[pd.DataFrame, dict[str, Note]]:
    """Customers by tier then and now, and heads of the tiers."""
    if isinstance(study.migration, Note):
        return pd.DataFrame(), {}
    counts = study.migration.counts
    names = [Note("segments_and_grades.not_yet") if each == NEW else Note(TIER, tier=str(each))
             for each in counts.index]  # fmt: skip
    columns = [str(each) for each in counts.columns]
    found = counts.set_axis(columns, axis=1).set_axis(pd.Index(names, name="before", dtype=object), axis=0)
    return found, {name: Note("segments_and_grades.now", tier=name) for name in columns}


def outlook(study: GradeStudy) -> pd.DataFrame:
    """Customers by tier half a year on."""
    if isinstance(study.migration, Note):
        return pd.DataFrame()
    found = study.migration.forecast(seed=study.seed)
    return found.rename(columns={"low": "expected_low", "high": "expected_high"})


def ahead(study: GradeStudy) -> Span:
    """Between the days whose tiers are compared."""
    return Span(round((study.days[2] - study.days[1]).days / 7), "week")


def came_true(study: GradeStudy) -> Note | None:
    """Whether the same outlook half a year ago would have held."""
    tested = study.backtest
    if isinstance(tested, Note):
        return None
    missed = [str(tier) for tier in tested.index[~tested["held"].astype(bool)]]
    if not missed:
        return Note("segments_and_grades.tested.held", ahead=ahead(study))
    tiers_missed = [Note(TIER, tier=each) for each in missed]
    return Note("segments_and_grades.tested.missed", ahead=ahead(study), tiers=tiers_missed)
