"""The configuration as one model; its schema and the tables of its keys are written from here.

`python -m bayesfolio.settings write` writes workflow/schemas/config.schema.yaml and the
tables in config/README.md; `check` in place of `write` fails where they are stale.
"""

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, create_model, field_validator, model_validator
from pydantic.json_schema import GenerateJsonSchema

from bayesfolio.core.settings import LARGEST, Settings, Whole, check_path, refusal
from bayesfolio.momentum.combination_settings import check_combination
from bayesfolio.studies import STUDIES

RESERVED_RUNS = ("published",)
"""Folders of results that no run may write to."""


class Stan(Settings):
    """The compiler of Stan programs."""

    cmdstan: str | None = Field(
        title="the folder of an installed CmdStan, or null",
        description="Folder of an installed CmdStan. `null`: one is found, or else built.",
    )

    @field_validator("cmdstan")
    @classmethod
    def _the_folder_is_there(cls, cmdstan: str | None) -> str | None:
        if cmdstan is not None:
            check_path(os.path.expanduser(cmdstan), "folder")
        return cmdstan


class _Run(Settings):
    """What is of no study."""

    run: Annotated[
        str,
        Field(
            max_length=60,
            pattern="^[a-z][a-z0-9_-]*$",
            title="a name of lower-case letters, digits, - and _ that starts with a letter",
        ),
    ] = Field(description="Name of the run; everything goes to `results/<run>/`.")
    seed: Whole = Field(
        ge=0,
        description="The only seed. Every fit has a stream of its own, derived from the seed, the "
        "study, the model and the window.",
    )
    stan: Stan

    @field_validator("run")
    @classmethod
    def _the_name_is_free(cls, run: str) -> str:
        if run in RESERVED_RUNS:
            raise refusal("another name: results/published holds what the papers printed")
        return run

    @model_validator(mode="after")
    def _the_combination_goes_with_the_fits(self) -> "_Run":
        check_combination(self.model_dump())
        return self


_SECTIONS: Any = {
    name: (settings, ...) for study in STUDIES.values() for name, settings in study.sections.items()
}
Configuration = create_model(
    "Configuration",
    __base__=_Run,
    __doc__="A complete configuration: config/config.yaml with the overlays of a run over it.",
    **_SECTIONS,
)


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # a title here says what a key takes

    def dict_schema(self, schema: Any) -> Any:
        # pydantic drops the title of the values
        return super().dict_schema(schema) | {
            "additionalProperties": self.generate_inner(schema["values_schema"])
        }


@cache
def schema() -> dict[str, Any]:
    """JSON schema of a configuration, without references."""
    raw = Configuration.model_json_schema(schema_generator=_Schema)
    groups = raw.pop("$defs")

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            group = groups[node["$ref"].rsplit("/", 1)[1]]
            return plain({key: value for key, value in group.items() if key != "title"})
        found = {key: plain(value) for key, value in node.items()}
        if found.get("maximum") == LARGEST:
            del found["maximum"]
        return found

    del raw["title"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | plain(raw)


def expected(node: dict[str, Any]) -> str:
    """What a key takes, in words, by its part of the schema."""
    if "title" in node:
        return str(node["title"])
    if "anyOf" in node:
        first, *others = map(expected, node["anyOf"])
        return f"{first}, or {' or '.join(others)}"
    if "enum" in node:
        *first, last = node["enum"]
        return f"{', '.join(first)} or {last}"
    if "const" in node:
        return str(node["const"])
    kind = node["type"]
    if kind in ("integer", "number"):
        return _number(node)
    if kind == "array":
        return _list(node)
    words = {"boolean": "true or false", "null": "null", "object": "a group of keys"}
    return words.get(kind, "a text")


def _number(node: dict[str, Any]) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    name = "a whole number" if node["type"] == "integer" else "a number"
    name = "an even number" if "multipleOf" in node else name
    if above is not None:
        if below is not None:
            return f"{name} between {above:g} and {below:g}"
        return f"{name} above {above:g}" + ("" if most is None else f", {most:g} at most")
    if most is None:
        return f"{name} of at least {least:g}"
    return f"{name} from {least} to {most}"


def _list(node: dict[str, Any]) -> str:
    words = ("", "one", "two", "three", "four")
    least, most, items = node.get("minItems", 0), node.get("maxItems"), node["items"]
    size = (
        f"{words[least]} to {words[most]} " if most else f"{words[least]} or more " if least else ""
    )
    unique = "different " if node.get("uniqueItems") else ""
    each = f"one of {expected(items)}" if "enum" in items else expected(items)
    return f"a list{'' if least else ', perhaps empty,'} of {size}{unique}values, each {each}"


def keys(node: dict[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Schema of every key that is not a group of others, by dotted name."""
    found: dict[str, dict[str, Any]] = {}
    for name, child in node["properties"].items():
        if "properties" in child:
            found |= keys(child, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = child
    return found


def schema_text() -> str:
    """The file workflow/schemas/config.schema.yaml."""
    import yaml

    head = (
        "# JSON schema of the configuration, for editors. The classes of settings check it, and\n"
        "# `python -m bayesfolio.settings write` writes this file from them.\n"
    )
    body = yaml.safe_dump(
        schema(), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return head + body


def readme_text(old: str) -> str:
    """The text of config/README.md with its tables of keys anew.

    A table stands between ``<!-- keys: momentum -->`` and ``<!-- end of keys -->``; the names are
    of the groups whose keys it lists, or of keys that are in no group.
    """

    def table(match: re.Match[str]) -> str:
        wanted = match[1].split()
        rows = [
            f"| `{name}` | {expected(node)} | {node['description']} |"
            for name, node in keys(schema()).items()
            if name.split(".")[0] in wanted
        ]
        head = "| Key | What it takes | Meaning |\n| --- | --- | --- |\n"
        return f"<!-- keys: {match[1]} -->\n{head}" + "\n".join(rows) + "\n<!-- end of keys -->"

    return re.sub(r"<!-- keys: ([\w ]+) -->\n.*?<!-- end of keys -->", table, old, flags=re.DOTALL)


def main(arguments: list[str], root: Path) -> str | None:
    """Write or check both files; a sentence where that fails."""
    if arguments not in (["write"], ["check"]):
        return "usage: python -m bayesfolio.settings write|check"
    readme = root / "config" / "README.md"
    texts = {
        root / "workflow" / "schemas" / "config.schema.yaml": schema_text(),
        readme: readme_text(readme.read_text(encoding="utf-8")),
    }
    for path, text in texts.items():
        if arguments == ["write"]:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            return (
                f"lint: {path.relative_to(root)} is not what the settings say; "
                "write it with `python -m bayesfolio.settings write`"
            )
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parents[2]))
