"""Simulated subscriptions with known true values, for testing churn analysis."""

import numpy as np
import pandas as pd

AS_OF = "2025-12-31"
PLANS = {"basic": 9.0, "plus": 19.0, "business": 49.0}  # monthly fee
CHANNELS = ("search", "advertising", "referral")
# Each reason's hazard is Weibull in months of tenure, times exp(coefficients x covariates).
REASONS = {
    "price": {"scale": 70.0, "shape": 0.8, "plan=plus": -0.5, "plan=business": -0.9, "discount": 0.7},
    "product": {"scale": 85.0, "shape": 1.1, "channel=advertising": 0.6, "channel=referral": -0.5, "tickets": 0.35},
    "moved away": {"scale": 260.0, "shape": 1.0},
}


def subscriptions(customers: int = 2000, *, seed: int = 7) -> pd.DataFrame:
    """Simulated subscriptions over four years, as known on 31 December 2025.

    Three reasons compete: price (most in the first months, and of those who came by a discount), product (of those who
    write support tickets, and who came by advertising) and moving away (anybody, any time). ``REASONS`` holds the
    truth.

    Returns
    -------
    DataFrame, one row per customer
        customer_id, start, end (empty for those still here), reason (empty likewise), plan, monthly_fee (money),
        channel, discount (yes or no, at the start), tickets (support tickets in the first month).

    Examples
    --------
    >>> found = subscriptions(500)
    >>> len(found), sorted(found["reason"].dropna().unique())
    (500, ['moved away', 'price', 'product'])
    """
    rng = np.random.default_rng(seed)
    until = pd.Timestamp(AS_OF)
    start = until - pd.to_timedelta(rng.integers(1, 4 * 365, customers), unit="D")
    plan = rng.choice(list(PLANS), customers, p=[0.55, 0.33, 0.12])
    channel = rng.choice(CHANNELS, customers, p=[0.45, 0.35, 0.20])
    discount, tickets = rng.random(customers) < 0.3, rng.poisson(0.7, customers)
    known = {
        "plan=plus": plan == "plus",
        "plan=business": plan == "business",
        "channel=advertising": channel == "advertising",
        "channel=referral": channel == "referral",
        "discount": discount,
        "tickets": tickets,
    }
    months = np.full(customers, np.inf)
    why = np.full(customers, "", dtype=object)
    for reason, truth in REASONS.items():
        score = sum(truth.get(name, 0.0) * np.asarray(values, dtype=float) for name, values in known.items())
        # The cumulative hazard (t / scale)^shape x exp(score) reaches an exponential number.
        latent = truth["scale"] * (rng.exponential(1.0, customers) / np.exp(score)) ** (1.0 / truth["shape"])
        why[latent < months] = reason
        months = np.minimum(months, latent)
    end = start + pd.to_timedelta(np.ceil(months * 365.25 / 12.0), unit="D")
    left = end <= until
    return pd.DataFrame(
        {
            "customer_id": [f"S{i:05d}" for i in range(1, customers + 1)],
            "start": start,
            "end": pd.Series(end).where(left),
            "reason": pd.Series(why, dtype=object).where(left),
            "plan": plan,
            "monthly_fee": [PLANS[each] for each in plan],
            "channel": channel,
            "discount": np.where(discount, "yes", "no"),
            "tickets": tickets,
        }
    )
