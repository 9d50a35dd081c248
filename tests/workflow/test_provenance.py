"""Provenance names the code that made the numbers, and says when it was changed."""

import json
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from bayesfolio.workflow.provenance import commit, compiled_with, machine, package_versions


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    run = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    assert commit(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert commit(tmp_path) is None
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "tag", "v1")
    assert commit(tmp_path) == head
    (tmp_path / "a").write_text("2")
    assert commit(tmp_path) == f"{head}-dirty"


def test_commit_is_unknown_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(Path(__file__).parent) is None


def test_versions_are_those_installed_and_fit_json(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = package_versions()
    assert versions["numpy"] == version("numpy")
    assert all(versions.values())
    monkeypatch.setattr("bayesfolio.workflow.provenance.PACKAGES", ("no-such-package",))
    assert package_versions() == {"no-such-package": None}
    json.dumps([versions, machine()])


def test_folders_of_the_machine_are_not_recorded(tmp_path: Path) -> None:
    facts = {"cmdstan": str(tmp_path / "cmdstan-2.35.0"), "flags": [], "compiler": "g++"}
    facts["flags"] = [f"-L {Path.home()}/lib"]
    path = tmp_path / "compiled.json"
    path.write_text(json.dumps(facts))
    assert compiled_with(path) == facts | {
        "cmdstan": "cmdstan-2.35.0",
        "flags": ["-L ~/lib"],
    }
