"""Compiled programs are used only as they were compiled."""

import json
import re
from pathlib import Path

import pytest

from bayesfolio.core.errors import DamagedFileError
from bayesfolio.core.files import file_digest
from bayesfolio.models.programs import read_program


def test_a_damaged_program_is_refused(tmp_path: Path, m6_factor) -> None:
    program = tmp_path / "m6_factor-0" / "m6_factor"
    program.parent.mkdir()
    content = bytearray(Path(m6_factor.exe_file).read_bytes())
    program.write_bytes(content)
    program.chmod(0o755)
    facts = tmp_path / "m6_factor.json"
    facts.write_text(
        json.dumps(
            {
                "cmdstan": str(tmp_path),
                "executable": str(program),
                "executable_sha256": file_digest(program),
            }
        )
    )
    for damaged in (content[:-1], content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]):
        program.write_bytes(damaged)
        with pytest.raises(DamagedFileError, match=re.escape(f"{program} is not the program")):
            read_program(facts)
    program.unlink()
    with pytest.raises(DamagedFileError, match="is not there; delete the file"):
        read_program(facts)
