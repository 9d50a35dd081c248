"""Which CmdStan is used, and what is said when there is none to use."""

import re
from pathlib import Path

import pytest
from cmdstan_home import CmdStanHomeError, build
from cmdstan_home.__main__ import main
from cmdstan_home.homes import cmdstan_version, compiler_flags, find_home


def fake_home(path: Path, version: str = "2.35.0") -> Path:
    (path / "bin").mkdir(parents=True)
    (path / "makefile").write_text(f"# CmdStan\nCMDSTAN_VERSION := {version}\n")
    (path / "bin" / "stanc").touch(mode=0o755)
    return path


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("CMDSTAN_HOME_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CMDSTAN", raising=False)


def test_the_order_is_configured_then_variable_then_installed_then_cache(monkeypatch, tmp_path):
    cached = fake_home(build.cached_home())
    assert find_home() is None
    assert build.find_or_build() == cached
    for version in ("2.9.0", "2.34.1", "2.30.0"):
        installed = fake_home(tmp_path / "user" / ".cmdstan" / f"cmdstan-{version}", version)
    unfinished = fake_home(tmp_path / "user" / ".cmdstan" / "cmdstan-2.99.0")
    (unfinished / "makefile").unlink()
    installed = installed.with_name("cmdstan-2.34.1")
    assert build.find_or_build() == installed
    variable = fake_home(tmp_path / "variable")
    monkeypatch.setenv("CMDSTAN", str(variable))
    assert build.find_or_build() == variable
    configured = fake_home(tmp_path / "configured", "2.36.0")
    assert build.find_or_build(configured) == configured
    assert cmdstan_version(configured) == "2.36.0"


def test_a_wrong_setting_is_never_skipped(monkeypatch, tmp_path):
    fake_home(build.cached_home())
    monkeypatch.setenv("CMDSTAN", str(tmp_path / "nowhere"))
    with pytest.raises(CmdStanHomeError, match=r"\$CMDSTAN points to .*no such directory"):
        build.find_or_build()
    (tmp_path / "nowhere").mkdir()
    with pytest.raises(CmdStanHomeError, match=r"no makefile with a CMDSTAN_VERSION line"):
        build.find_or_build()
    fake_home(tmp_path / "half").joinpath("bin", "stanc").unlink()
    with pytest.raises(CmdStanHomeError, match=r"configured CmdStan path .*unfinished.*make build"):
        build.find_or_build(tmp_path / "half")


def clang(path: Path, version: str) -> str:
    """Write a compiler that, like clang, knows -dumpversion and not -dumpfullversion."""
    path.write_text(f'#!/bin/sh\n[ "$1" = -dumpversion ] && echo {version}\n')
    path.chmod(0o755)
    return str(path)


def test_homes_and_drivers_depend_on_compiler_and_flags(monkeypatch, tmp_path):
    def seen() -> tuple[str, str]:
        lines = compiler_flags(build._DRIVER)
        return f"{build.cached_home().name} {lines[0].split()[2:]}", lines[-1]

    monkeypatch.delenv("CXX", raising=False)
    plain = seen()
    assert re.match(r"cmdstan-2\.35\.0-g\+\+-[\d.]+-\w+ \['g\+\+', '[\d.]+'\]", plain[0])
    monkeypatch.setenv("CXX", "")
    assert seen() == plain
    drivers = {plain[1]}
    for version in ("14.0.6", "15.0.0"):
        monkeypatch.setenv("CXX", clang(tmp_path / "clang++", version))
        name, driver = seen()
        assert f"-clang++-{version}-" in name
        assert f"clang++', '{version}'" in name
        drivers.add(driver)
    monkeypatch.delenv("CXX")
    monkeypatch.setenv("CXXFLAGS", "-march=native")
    assert seen()[0] != plain[0]
    drivers.add(seen()[1])
    assert len(drivers) == 4


def test_path_prints_the_home_or_one_sentence(capsys, tmp_path):
    assert main(["path"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "python -m cmdstan_home install" in captured.err
    assert captured.err.count("\n") == 1
    home = fake_home(tmp_path / "home")
    assert main(["path", "--cmdstan", str(home)]) == 0
    assert capsys.readouterr().out.strip() == str(home)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"CXX": "no-such-compiler"}, r"no C\+\+ compiler found \(no-such-compiler\)"),
        ({"CXX": "false"}, r"false does not tell its version"),
        ({"MAKE": "no-such-make"}, r"no make found \(no-such-make\)"),
        ({"CMDSTAN": "/no/such/home"}, r"\$CMDSTAN points to /no/such/home"),
        ({"CMDSTAN_HOME_CACHE": "/dev/null/cache"}, r"cannot write to /dev/null/cache"),
        (
            {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/nonexistent"},
            r"pip could not download the wheel",
        ),
    ],
)
def test_install_names_cause_and_remedy_in_one_sentence(monkeypatch, capfd, variables, sentence):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["install"]) == 1
    complaint = capfd.readouterr().err.splitlines()[-1]
    assert re.search(sentence, complaint), complaint
    assert "Traceback" not in complaint
    assert ":" in complaint.removeprefix("cmdstan-home:")
