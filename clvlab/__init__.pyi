from clvlab import churn as churn
from clvlab import figures as figures
from clvlab import pages as pages
from clvlab import plot as plot
from clvlab import registry as registry
from clvlab import words as words
from clvlab.data import datasets as datasets
from clvlab.data.histories import histories as histories
from clvlab.data.order_book import Orders as Orders
from clvlab.data.orders import read_orders as read_orders
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
