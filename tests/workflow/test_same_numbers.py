"""How runs are compared: what counts as another number."""

from pathlib import Path

import pytest
from runs import compared, differences

pytestmark = pytest.mark.system


def test_most_files_are_compared_byte_for_byte(smoke_results: Path) -> None:
    assert compared(smoke_results) > 120


def test_a_changed_digit_is_noticed(smoke_results: Path, tmp_path: Path) -> None:
    def copied(name: str, old: str, new: str) -> Path:
        results = tmp_path / name / "smoke"
        for path in smoke_results.rglob("*.*"):
            if path.is_file():
                copy = results / path.relative_to(smoke_results)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
        table = results / "filters" / "tables" / "table9.csv"
        text = table.read_text()
        assert old in text
        table.write_text(text.replace(old, new, 1))
        return results

    assert differences(smoke_results, copied("same", "M-Filter", "M-Filter")) == []
    found = differences(smoke_results, copied("other", "M-Filter", "N-Filter"))
    assert found == ["filters/tables/table9.csv differs in columns that are not times"]
