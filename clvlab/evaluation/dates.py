"""Types that a caller may pass as a day."""

from datetime import date

import numpy as np
import pandas as pd

type DateLike = str | date | np.datetime64 | pd.Timestamp
