from clvlab import churn as churn
from clvlab import customers as customers
from clvlab import figures as figures
from clvlab import pages as pages
from clvlab import plot as plot
from clvlab import registry as registry
from clvlab import words as words
from clvlab.data import datasets as datasets
from clvlab.data import simulate as simulate
from clvlab.data.across import across as across
from clvlab.data.company import Company as Company
from clvlab.data.company import read_company as read_company
from clvlab.data.histories import histories as histories
from clvlab.data.order_book import Orders as Orders
from clvlab.data.orders import read_orders as read_orders
from clvlab.data.readers import read_campaigns as read_campaigns
from clvlab.data.readers import read_complaints as read_complaints
from clvlab.data.readers import read_contacts as read_contacts
from clvlab.data.readers import read_customers as read_customers
from clvlab.data.readers import read_events as read_events
from clvlab.data.readers import read_leads as read_leads
from clvlab.data.readers import read_marketing_cost as read_marketing_cost
from clvlab.data.readers import read_memberships as read_memberships
from clvlab.data.readers import read_opportunities as read_opportunities
from clvlab.data.readers import read_order_lines as read_order_lines
from clvlab.data.readers import read_payments as read_payments
from clvlab.data.readers import read_referrals as read_referrals
from clvlab.data.readers import read_returns as read_returns
from clvlab.data.readers import read_rewards as read_rewards
from clvlab.data.readers import read_subscriptions as read_subscriptions
from clvlab.data.readers import read_survey as read_survey
from clvlab.data.reading.table import Records as Records
from clvlab.data.reading.table import read_table as read_table
from clvlab.data.split import Split as Split
from clvlab.data.split import split as split
from clvlab.data.units import units_in_a_year as units_in_a_year
from clvlab.errors import FitError as FitError
from clvlab.errors import InputError as InputError
from clvlab.evaluation import checks as checks
from clvlab.evaluation import compare as compare
from clvlab.evaluation import comparison_study as comparison_study
from clvlab.evaluation import competitors as competitors
from clvlab.evaluation.competitors import baselines as baselines
from clvlab.evaluation.contacting import contact_plan as contact_plan
from clvlab.evaluation.contacting import contact_study as contact_study
from clvlab.evaluation.segments_and_grades import segments_and_grades as segments_and_grades
from clvlab.inference.priors import LogNormal as LogNormal
from clvlab.models import load_fit as load_fit
from clvlab.models.contractual import *  # noqa: F403
from clvlab.models.family import *  # noqa: F403
from clvlab.models.spend import *  # noqa: F403
from clvlab.models.survival import *  # noqa: F403
from clvlab.registry import register as register
from clvlab.registry import unregister as unregister
from clvlab.value import customer_value as customer_value
from clvlab.value import independence as independence
from clvlab.value import residual_transactions as residual_transactions
from clvlab.value import value_study as value_study

__version__: str
