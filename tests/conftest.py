"""Fixtures that several folders of tests share."""

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, and nothing kept of them; HYPOTHESIS_PROFILE=search draws others.
settings.register_profile(
    "same",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("search", settings.get_profile("same"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, or one process ends long after the other."""

    def minutes(item: pytest.Item) -> float:
        slow = item.get_closest_marker("slow")
        return slow.kwargs.get("minutes", 1) if slow else 0

    items.sort(key=minutes, reverse=True)


@pytest.fixture(autouse=True)
def _no_run_outlives_its_test() -> Iterator[None]:
    yield
    if "runs" in sys.modules:
        sys.modules["runs"].stop_all()


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of reference data that are not committed, which the environment names."""
    path = os.environ.get("BAYESFOLIO_REFERENCE_DATA")
    if not path:
        pytest.skip("needs reference data: set BAYESFOLIO_REFERENCE_DATA to their folder")
    return Path(path)


@pytest.fixture(scope="session")
def favar_sv():
    """The compiled model class, from the checkout's build folder."""
    return _compiled("favar_sv")


@pytest.fixture(scope="session")
def m6_factor():
    """The compiled M6 factor model, from the checkout's build folder."""
    return _compiled("m6_factor")


@pytest.fixture(scope="session")
def smoke_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the smoke tier in the checkout, which Snakemake first brings up to date.

    It does not look at packages: after an upgrade, delete them.
    """
    from workflow_root import ROOT, run_snakemake

    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    with (base / "smoke.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        overlay = ROOT / "config" / "smoke.yaml"
        found = run_snakemake("--configfile", overlay, "--cores", "2", folder=ROOT)
    assert found.returncode == 0, (found.stdout + found.stderr)[-8000:]
    return ROOT / "results" / "smoke"


def _compiled(program: str):
    from bayesfolio.models.programs import load_program

    return load_program(program, Path(__file__).resolve().parents[1] / "build")
