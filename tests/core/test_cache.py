"""Where caches are."""

from pathlib import Path

import pytest

from bayesfolio.core.cache import cache_directory


def test_cache_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BAYESFOLIO_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "bayesfolio"
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_directory() == tmp_path / ".cache" / "bayesfolio"
    monkeypatch.setenv("BAYESFOLIO_CACHE", "~/elsewhere")
    assert cache_directory() == tmp_path / "elsewhere"
