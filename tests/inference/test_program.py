"""Recorded formulas: each operation's value and gradient beside jets, on levels, stacks and at edges."""

# ruff: noqa: ARG005  (every expression takes what a formula takes)

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from clvlab.formulas import bg_nbd
from clvlab.inference.factored import Groups
from clvlab.inference.graph import GRAPH, Graph, Traced
from clvlab.inference.jets import JETS
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.program import Program, weighted_terms

COLUMNS = {
    "x": np.array([0.0, 1.0, 1.0, 3.0, 3.0, 7.0, 3.0, 0.0]),
    "T": np.array([2.0, 2.0, 5.0, 5.0, 9.0, 9.0, 5.0, 2.0]),
}
AT = np.array([0.3, -0.7])
Expression = Callable[..., Any]
EXPRESSIONS: dict[str, Expression] = {
    "sums": lambda x, T, a, b, xp: a + x - (T - b) - -a + 0.0 + (2.0 - b) + sum([a, b]),
    "products": lambda x, T, a, b, xp: a * x * b * T * 1.0 + 3.0 * a * a - (a * 0.0) * x,
    "ratios": lambda x, T, a, b, xp: a / (b + x) + (x + 1.0) / (a + T) + 2.0 / a + b / 7.0,
    "one on its own": lambda x, T, a, b, xp: a,
    "data alone": lambda x, T, a, b, xp: x * T + 0.0 * a + b,
    "log": lambda x, T, a, b, xp: xp.log(a + x) * xp.log(b + T) + xp.log(a) + xp.log(x + 1.0),
    "log1p": lambda x, T, a, b, xp: xp.log1p(a * x) * b,
    "exp": lambda x, T, a, b, xp: xp.exp(-a * x) * xp.exp(b / T),
    "expm1": lambda x, T, a, b, xp: xp.expm1(a * x * 0.1) + xp.expm1(-b * T),
    "gammaln": lambda x, T, a, b, xp: xp.gammaln(a + x) - xp.gammaln(a) * xp.gammaln(b + T) + xp.gammaln(a + b),
    "log_ndtr": lambda x, T, a, b, xp: xp.log_ndtr(a * x - b * T) + xp.log_ndtr(-a),
    "logaddexp": lambda x, T, a, b, xp: xp.logaddexp(a * x, b * T) + xp.logaddexp(0.0, a) + xp.logaddexp(b, -900.0 * x),
    "logaddexp of nothing": lambda x, T, a, b, xp: xp.logaddexp(a * T, xp.where(x > 0, b * x, -np.inf)),
    "where": lambda x, T, a, b, xp: xp.where(x > 1, a * x, b) + xp.where(T < 6.0, 0.0, a * T) + xp.where(x > 0, b, a),
    "largest": lambda x, T, a, b, xp: xp.maximum(a * x, b * T) + xp.maximum(a, 0.2) * xp.minimum(b * T, x),
    "the same twice": lambda x, T, a, b, xp: (a + x) * (a + x) + (a + x) / (a + x) + xp.log(a + x),
}


def likelihood_of(expression: Expression) -> Likelihood:
    formula: Any = SimpleNamespace(PARAMETERS=("a", "b"), HISTORY=("x", "T"), log_likelihood=expression)
    return Likelihood(formula, COLUMNS)


def program_of(likelihood: Likelihood) -> Program:
    graph, columns = Graph(likelihood.groups), likelihood.groups.columns()
    params = {name: GRAPH.exp(graph.estimated(i)) for i, name in enumerate(likelihood.formula.PARAMETERS)}
    history = {name: columns[name] for name in likelihood.formula.HISTORY}
    total: Any = likelihood.formula.log_likelihood(**history, **params, xp=GRAPH)
    return Program(total, len(params))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_gradients_are_those_of_jets(name: str) -> None:
    likelihood = likelihood_of(EXPRESSIONS[name])
    program = program_of(likelihood)
    for at in (AT, AT + 0.5, AT):  # and nothing is left over from one call to the next
        value, gradient = program(at)
        expected, slopes, _ = likelihood.derivatives(at)
        assert value == pytest.approx(expected, rel=1e-13)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-12, atol=1e-12)


def test_every_function_of_a_formula_is_recorded() -> None:
    tested = {name for name in vars(JETS) if name in EXPRESSIONS} | {"where", "maximum", "minimum"}
    assert set(vars(GRAPH)) == set(vars(JETS)) == tested


def test_conditions_on_parameters_and_what_is_held_are_followed_at_each_point() -> None:
    def least(x: Any, T: Any, a: Any, b: Any, xp: Any) -> Any:
        chosen = xp.where(a < b, a * x, b * T) + xp.where(b >= 2.0, x, 0.0 * x) + xp.where(a > 1.0, a, b)
        return chosen + (b if not isinstance(b, Traced) else b.value) * x + xp.where(a <= 1.0, T, x)

    program = program_of(likelihood_of(least))
    x, T = COLUMNS["x"], COLUMNS["T"]
    for a, b in ((0.5, 1.5), (1.5, 0.5), (3.0, 2.5), (1.2, 4.0)):
        value, gradient = program(np.log([a, b]))
        expected = (
            np.where(a < b, a * x, b * T) + x * (b >= 2.0) + (a if a > 1.0 else b) + b * x + (T if a <= 1.0 else x)
        )
        assert value == pytest.approx(expected.sum())
        by_a = (x.sum() if a < b else 0.0) + (8.0 if a > 1.0 else 0.0)
        by_b = (T.sum() if a >= b else 0.0) + (8.0 if a <= 1.0 else 0.0)  # of b x, held, none
        assert gradient == pytest.approx([a * by_a, b * by_b])


def test_nodes_are_stacked_and_summed() -> None:
    nodes, weights = (values.reshape(-1, 1) for values in np.polynomial.legendre.leggauss(5))

    def integral(x: Any, T: Any, a: Any, b: Any, xp: Any) -> Any:
        stacked = xp.exp(a * nodes + b * x) * weights + (a * nodes) * weights * T
        return stacked.sum(axis=0)

    program = program_of(likelihood_of(integral))
    x, T = COLUMNS["x"], COLUMNS["T"]
    for a, b in ((0.5, 0.2), (1.5, 0.1)):
        value, gradient = program(np.log([a, b]))
        terms = np.exp(a * nodes + b * x) * weights
        assert value == pytest.approx((terms + a * nodes * weights * T).sum())
        assert gradient == pytest.approx([a * (terms * nodes + nodes * weights * T).sum(), b * (terms * x).sum()])


def test_values_of_segments_reach_their_own_customers() -> None:
    groups = Groups({"segment": np.array([2.0, 0.0, 2.0, 0.0, 0.0]), "x": np.array([1.0, 2.0, 3.0, 4.0, 4.0])})
    graph = Graph(groups)
    seen = groups.column("segment").values.astype(np.int64)
    own: Any = graph.estimated(1 + seen, frozenset(["segment"])) * graph.estimated(0)
    program = Program(own * groups.column("x"), 4)
    value, gradient = program(np.array([2.0, 5.0, 7.0, 11.0]))
    assert value == 2.0 * (5.0 * 10.0 + 11.0 * 4.0)
    assert gradient.tolist() == [94.0, 20.0, 0.0, 8.0]


def test_terms_are_taken_where_they_vary() -> None:
    groups = Groups({"x": np.array([1.0, 1.0, 2.0]), "T": np.array([3.0, 4.0, 4.0])})
    r: Any = GRAPH.exp(Graph(groups).estimated(0))
    total: Any = GRAPH.gammaln(r + groups.column("x")) - r * groups.column("T") + GRAPH.log(r + 1.0)
    terms = weighted_terms(total)
    assert sorted(each.shape for _, each in terms) == [(), (2,), (2,)]
    assert {float(each.sum()) for _, each in terms} == {3.0, -3.0}


def test_overflow_gives_no_number_rather_than_a_wrong_one() -> None:
    likelihood = Likelihood(bg_nbd, {"x": [0.0, 2.0], "t_x": [0.0, 3.0], "T": [5.0, 9.0]})
    with np.errstate(all="ignore"):
        for at in ([800.0, 1.0, 1.0, 1.0], [np.nan, 1.0, 1.0, 1.0], [1.0, 1.0, -800.0, -800.0]):
            assert not np.isfinite(program_of(likelihood)(np.array(at))[0])


def test_an_array_that_is_neither_data_nor_nodes_is_refused() -> None:
    with pytest.raises(TypeError, match=r"shape \(3,\)"):
        Graph(Groups({"x": [1.0]})).estimated(0) + np.ones(3)
