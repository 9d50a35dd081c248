"""The one error that the toolchain raises on purpose."""

from bayesfolio.errors import PlainError


class ToolchainError(PlainError, RuntimeError):
    """Trouble with the Stan toolchain: one sentence that names the cause and the remedy."""
