from clvlab import publish as publish
from clvlab import words as words
from clvlab import figures as figures
from clvlab.data import datasets as datasets
from clvlab.data.histories import histories as histories
from clvlab.data.order_book import Orders as Orders
from clvlab.data.orders import read_orders as read_orders
from clvlab.data.split import Split as Split
from clvlab.data.split import split as split
from clvlab.data.units import units_in_a_year as units_in_a_year
from clvlab.errors import FitError as FitError
from clvlab.errors import InputError as InputError
from clvlab.evaluation import baselines as baselines
from clvlab.evaluation import compare as compare
from clvlab.evaluation import competitors as competitors
from clvlab.inference.priors import LogNormal as LogNormal
from clvlab.models import BGNBD as BGNBD
from clvlab.models import GammaGamma as GammaGamma
from clvlab.models import load_fit as load_fit
from clvlab.value import customer_value as customer_value
from clvlab.value import independence as independence

__version__: str
