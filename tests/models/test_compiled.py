"""A compiled program is used where its facts say it is, or the loss is named."""

import json
from pathlib import Path

import pytest

from bayesfolio.core.errors import DamagedFileError
from bayesfolio.models.programs import read_program


@pytest.mark.parametrize("lost", ["cmdstan", "executable"])
def test_a_program_that_is_gone_is_named(tmp_path: Path, lost: str) -> None:
    facts = {"cmdstan": str(tmp_path), "executable": str(tmp_path)} | {lost: "/nowhere"}
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    with pytest.raises(DamagedFileError, match=r"/nowhere is not there any more; delete .* again"):
        read_program(tmp_path / "facts.json")
