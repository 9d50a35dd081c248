import pytest

from bayesfolio.models.spec import PAPER_MODELS, ModelSpec


def test_the_paper_has_43_models_in_the_order_of_table_5() -> None:
    names = [spec.name for spec in PAPER_MODELS]
    assert len(set(names)) == 43
    assert names[:5] == ["VAR-N", "SV", "VAR-SV", "DFM-N(1,1)", "DFM-N(1,2)"]
    assert names[-1] == "FAVAR-SV2(4,2)"


@pytest.mark.parametrize("spec", PAPER_MODELS, ids=str)
def test_names_and_slugs_read_back(spec: ModelSpec) -> None:
    assert ModelSpec.parse(spec.name) == spec
    assert ModelSpec.parse(spec.slug) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DFM-SV", "needs factors and lags of at least 1"),
        ("DFM-SV(0,1)", "needs factors and lags of at least 1"),
        ("SV(1,1)", "has no factors"),
        ("DFM-X(1,1)", "unknown model family 'DFM-X'"),
        ("DFM-SV(4,2", "cannot read model name"),
        ("dfm-sv(4,2)", "cannot read model name"),
        ("DFM-SV(4;2)", "cannot read model name"),
        ("", "cannot read model name"),
    ],
)
def test_bad_names_say_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        ModelSpec.parse(text)
