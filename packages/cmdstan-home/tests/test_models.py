"""Compiling Stan programs: reuse, includes, options, and what is said when it fails."""

import os
from pathlib import Path

import pytest
from cmdstan_home import CmdStanHomeError, load_model

PROGRAM = "parameters {\n  real x;\n}\nmodel {\n  x ~ normal(0, 1);\n}\n"


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the slow compiler by one that copies a program; return what it was called with."""
    import cmdstanpy

    calls: list[Path] = []

    def compile_stan_file(program: Path, **options: object) -> str:
        calls.append(Path(program))
        executable = Path(program).with_suffix("")
        executable.write_text("#!/bin/sh\n")
        executable.chmod(0o755)
        return str(executable)

    monkeypatch.setattr(cmdstanpy, "compile_stan_file", compile_stan_file)
    return calls


def test_a_program_is_compiled_once_per_text_includes_and_options(home, compiler, tmp_path):
    program, included = tmp_path / "a.stan", tmp_path / "inc" / "f.stanfunctions"
    included.parent.mkdir()
    included.write_text("real f(real x) {\n  return x;\n}\n")
    program.write_text("functions {\n  #include f.stanfunctions\n}\n" + PROGRAM)

    def load(**options):
        model = load_model(
            program, tmp_path / "build", include_paths=[included.parent], cmdstan=home, **options
        )
        return model.exe_file

    first = load()
    assert load() == first
    assert len(compiler) == 1
    os.utime(program)  # a new time is no new text
    assert load() == first
    assert load(cpp_options={"STAN_THREADS": True}) != first
    assert load(stanc_options={"O1": True}) != first
    included.write_text("real f(real x) {\n  return 2 * x;\n}\n")
    assert load() != first
    program.write_text(PROGRAM)
    assert load() != first
    assert len(compiler) == 5


def test_what_a_user_header_includes_counts_too(home, compiler, tmp_path):
    program, header, inner = (tmp_path / name for name in ("a.stan", "a.hpp", "inner.hpp"))
    program.write_text(PROGRAM)
    header.write_text('#include "inner.hpp"\n#include <vector>\n')
    inner.write_text("// first\n")

    def load():
        return load_model(program, tmp_path / "build", user_header=header, cmdstan=home).exe_file

    first = load()
    assert load() == first
    inner.write_text("// second\n")
    assert load() != first
    assert len(compiler) == 2


def test_stancs_message_is_kept_and_nothing_is_left(home, tmp_path):
    program = tmp_path / "wrong.stan"
    program.write_text(PROGRAM.replace("normal(0, 1)", "normal(0, one)"))
    with pytest.raises(CmdStanHomeError, match=r"does not compile(.|\n)*one") as caught:
        load_model(program, tmp_path / "build", cmdstan=home)
    assert "wrong.stan" in str(caught.value)
    assert [p.suffix for p in (tmp_path / "build").iterdir()] == [".lock"]


def test_a_missing_program_is_named(home, tmp_path):
    with pytest.raises(CmdStanHomeError, match=r"cannot read the Stan program .*gone\.stan"):
        load_model(tmp_path / "gone.stan", tmp_path / "build", cmdstan=home)


def test_a_home_that_is_none_is_named(tmp_path):
    with pytest.raises(CmdStanHomeError, match="no CmdStan home"):
        load_model(tmp_path / "a.stan", tmp_path / "build", cmdstan=tmp_path)
