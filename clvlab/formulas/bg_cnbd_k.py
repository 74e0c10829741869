"""BG/CNBD-k: BG/NBD with Erlang-k gaps; a chance to drop out after each repeat purchase. k = 1 is BG/NBD.

Formula and sources in ``clvlab.formulas.cnbd_k``.
"""

from clvlab.formulas.cnbd_k import CNBD


def with_k(k: int) -> CNBD:
    """The formula for one k, as a frozen object with the functions of a formula module.

    Examples
    --------
    >>> formula = with_k(2)
    >>> formula.NAME
    'BG/CNBD-2'
    >>> round(float(formula.log_likelihood(2, 30.0, 52.0, 5.4, 0.36, 1.13, 0.52, 2.79)), 4)
    -9.3812
    >>> state = formula.given_alive(2, 30.0, 52.0, 0.36, 1.13, 0.52, 2.79)
    >>> round(float(formula.FORWARD.expected_purchases(52.0, **state)), 4)
    2.2574
    """
    return CNBD("BG/CNBD", k, leaves_first=False)
