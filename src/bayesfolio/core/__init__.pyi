from .errors import (
    BayesfolioError as BayesfolioError,
    DamagedFileError as DamagedFileError,
    DataChangedWarning as DataChangedWarning,
    DataError as DataError,
    ForecastError as ForecastError,
)
from .fetch import DownloadLimits as DownloadLimits
