"""Figures of what campaigns changed."""

from matplotlib.figure import Figure

from clvlab import figures
from clvlab.customers import CampaignStudy, Pooled, Uplift
from clvlab.errors import InputError
from clvlab.words import ENGLISH, Locale


def campaign_effects(study: CampaignStudy, *, locale: Locale = ENGLISH) -> Figure:
    """Gross profit that each arm brought in, as measured and as the other arms make it likely, with 95 % intervals."""
    log = study.log
    if not isinstance(log, Pooled):
        raise InputError("Effects are seen together from three measured arms on, of orders with amounts.")
    return figures.campaign_effects(log.table, log.mean, locale=locale)


def qini(found: Uplift, *, locale: Locale = ENGLISH) -> Figure:
    """What contacting customers in the order of predicted uplift gains, beside a random order, by share contacted."""
    return figures.qini(found.curve, kind="percent" if found.binary else "number", locale=locale)
