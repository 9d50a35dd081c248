"""Command line: ``python -m cmdstan_home install | path | check``."""

import argparse
import sys
from pathlib import Path

from cmdstan_home.build import cached_home, find_or_build
from cmdstan_home.check import check
from cmdstan_home.errors import CmdStanHomeError
from cmdstan_home.homes import find_home


def _installed_path(configured: Path | None) -> Path:
    home = find_home(configured) or cached_home()
    if not home.exists():
        raise CmdStanHomeError(
            "no CmdStan is installed: run `python -m cmdstan_home install`, or set $CMDSTAN to one."
        )
    return home


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        The words after the program's name; those of this process if not given.

    Returns
    -------
    int
        Exit status: 0, or 1 after one sentence on standard error.
    """
    parser = argparse.ArgumentParser(
        prog="python -m cmdstan_home", description="Find, build and check a CmdStan."
    )
    parser.add_argument(
        "command",
        choices=("install", "path", "check"),
        help="install: find a CmdStan or build one, and print its path; path: print the path of "
        "the one in use; check: compile and run a model with a known posterior",
    )
    parser.add_argument("--cmdstan", type=Path, help="the CmdStan home to use")
    options = parser.parse_args(arguments)
    try:
        if options.command == "install":
            print(find_or_build(options.cmdstan))
        elif options.command == "path":
            print(_installed_path(options.cmdstan))
        else:
            check(options.cmdstan)
    except CmdStanHomeError as error:
        print(f"cmdstan-home: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
