"""MBG/CNBD-k: MBG/NBD with Erlang-k gaps; a chance to drop out after every purchase, the first included.

k = 1 is MBG/NBD. Formula and sources in ``clvlab.formulas.cnbd_k``.
"""

from clvlab.formulas.cnbd_k import CNBD


def with_k(k: int) -> CNBD:
    """The formula for one k, as a frozen object with the functions of a formula module.

    Examples
    --------
    >>> formula = with_k(2)
    >>> formula.NAME
    'MBG/CNBD-2'
    >>> round(float(formula.prob_alive(0, 0.0, 52.0, 1.33, 2.81, 0.42, 0.79)), 4)
    0.0756
    >>> round(float(formula.expected_purchases(52.0, 1.33, 2.81, 0.42, 0.79)), 4)
    4.1405
    """
    return CNBD("MBG/CNBD", k, leaves_first=True)
