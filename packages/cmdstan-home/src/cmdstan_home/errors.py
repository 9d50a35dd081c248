"""The one error that this package raises on purpose."""

__all__ = ["CmdStanHomeError"]


class CmdStanHomeError(RuntimeError):
    """Trouble with a CmdStan home: one sentence that names the cause and the remedy."""
