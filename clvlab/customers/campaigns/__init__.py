"""What campaigns earned, against groups that were held out at random."""

from clvlab.customers.campaigns.arms import CampaignEffects, campaign
from clvlab.customers.campaigns.lifetime import CampaignValue, campaign_value
from clvlab.customers.campaigns.pooled import Pooled, pooled
from clvlab.customers.campaigns.power import detectable, power_of, size_for
from clvlab.customers.campaigns.qini import qini_curve
from clvlab.customers.campaigns.records import Sent
from clvlab.customers.campaigns.study import CampaignStudy, campaign_study
from clvlab.customers.campaigns.uplift import Uplift, uplift

__all__ = [
    "CampaignEffects",
    "CampaignStudy",
    "CampaignValue",
    "Pooled",
    "Sent",
    "Uplift",
    "campaign",
    "campaign_study",
    "campaign_value",
    "detectable",
    "pooled",
    "power_of",
    "qini_curve",
    "size_for",
    "uplift",
]
