"""The one error that the toolchain raises on purpose."""

from bayesfolio.core.errors import BayesfolioError


class ToolchainError(BayesfolioError, RuntimeError):
    """Trouble with the Stan toolchain: one sentence that names the cause and the remedy."""
