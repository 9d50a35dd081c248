"""What the errors have in common that the package raises on purpose."""


class PlainError(Exception):
    """An error about files, data or settings: its message says the cause and the remedy.

    Where it came up in the code helps nobody, so jobs report it without a traceback.
    """
