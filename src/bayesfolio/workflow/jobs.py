"""Run the body of a script with its output in the rule's log."""

import errno
import io
import os
import shutil
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cmdstan_home import CmdStanHomeError

from bayesfolio.core.errors import BayesfolioError


class Job:
    """Context of one Snakemake script: all it prints goes to the rule's log.

    The redirection is of file descriptors, so the output of programs started by the script is
    caught too. `say` prints to the log and to the terminal. An error is written to the log with
    its traceback and to the terminal in one line, and ends the script with status 1. That of a
    `BayesfolioError`, whose message says all, is left out.

    Parameters
    ----------
    snakemake : object
        The ``snakemake`` object of a script; its ``rule`` and first ``log`` are used.
    """

    def __init__(self, snakemake: Any) -> None:
        self._rule = snakemake.rule
        self._log = Path(snakemake.log[0])

    def __enter__(self) -> Self:
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        except OSError as error:
            remedy = _remedy(error, Path.cwd())
            print(f"{self._rule}: {error}{remedy}", file=sys.stderr)
            raise SystemExit(1) from None
        for stream in (sys.stdout, sys.stderr):  # lines in the order in which they are printed
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(line_buffering=True)
        _flush()
        self._saved = os.dup(1), os.dup(2)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        return self

    def say(self, message: str) -> None:
        """Print one line to the log and to the terminal."""
        _flush()
        line = f"{message}\n".encode()
        for descriptor in (2, self._saved[1]):
            os.write(descriptor, line)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # the log's disk may be full: the terminal is still there
            _flush()
            if isinstance(error, BayesfolioError | CmdStanHomeError):
                os.write(2, f"{error}\n".encode())
            elif error is not None:
                text = "".join(traceback.format_exception(kind, error, trace))
                os.write(2, text.encode())
        stdout, stderr = self._saved
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        os.close(stdout)
        os.close(stderr)
        if isinstance(error, Exception):
            remedy = _remedy(error, self._log.parent)
            print(f"{self._rule}: {error}{remedy} (see {self._log})", file=sys.stderr)
            raise SystemExit(1) from None


def _remedy(error: Exception, folder: Path) -> str:
    """What to do where the disk, and neither data nor configuration, is at fault."""
    chain: BaseException | None = error
    codes = set()
    while chain is not None:
        codes.add(getattr(chain, "errno", None))
        chain = chain.__cause__ or chain.__context__
    again = "and start again: what is finished is kept"
    # Encoders of figures do not pass on why they could not write.
    if codes & {errno.ENOSPC, errno.EDQUOT} or shutil.disk_usage(folder).free < 64_000:
        return f"; the disk is full: make room, {again}"
    # Of the error itself only: that a reader could not open a file is in its own sentence.
    if isinstance(error, OSError) and error.errno == errno.EROFS:
        return f"; make the folder writable, {again}"
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return f"; mend its permissions, {again}"
    return ""


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
