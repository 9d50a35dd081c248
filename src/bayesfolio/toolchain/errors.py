"""The one error that the toolchain raises on purpose."""


class ToolchainError(RuntimeError):
    """Trouble with the Stan toolchain: one sentence that names the cause and the remedy."""
