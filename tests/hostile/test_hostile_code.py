"""What no file of the package may do: read pickles, hand text to a shell, trust any server."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path for part in ("src", "scripts", "benchmarks") for path in (ROOT / part).rglob("*.py")
)
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]

FORBIDDEN_MODULES = {
    "pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "torch",
    "pty", "commands", "pexpect",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "read_pickle", "to_pickle", "unsafe_load", "full_load", "system", "popen", "getoutput",
    "getstatusoutput", "spawnl", "spawnv", "create_subprocess_shell", "eval", "exec",
    "_create_unverified_context", "_create_stdlib_context", "mktemp", "extractall",
}  # fmt: skip
PROCESSES = {"run", "Popen", "call", "check_call", "check_output"}


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def module_of(node: ast.expr) -> str:
    inside = node.value if isinstance(node, ast.Attribute) else None
    return inside.id if isinstance(inside, ast.Name) else ""


def faults(text: str) -> Iterator[str]:
    """What a source does that it must not."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            modules = names if isinstance(node, ast.Import) else [node.module or ""]
            for module in modules:
                if module.split(".")[0] in FORBIDDEN_MODULES:
                    yield f"imports {module}"
            if isinstance(node, ast.ImportFrom) and node.module in ("subprocess", "os", "numpy"):
                for name in set(names) & {*PROCESSES, "system", "popen", "load"}:
                    yield f"imports {name} by itself, which hides it from this test"
        if isinstance(node, ast.Attribute) and node.attr in ("CERT_NONE", "CERT_OPTIONAL"):
            yield f"names {node.attr}"
        if isinstance(node, ast.Assign) and any(
            name_of(target) in ("check_hostname", "verify_mode") for target in node.targets
        ):
            yield "changes how certificates are checked"
        if isinstance(node, ast.Call):
            yield from call_faults(node)


def call_faults(node: ast.Call) -> Iterator[str]:
    name, module = name_of(node.func), module_of(node.func)
    if name in FORBIDDEN_CALLS and module != "platform":
        yield f"calls {name}"
    if (module, name) == ("yaml", "load"):
        yield "calls yaml.load"
    if name == "load" and module in ("np", "numpy"):
        yield "calls np.load, which leaves checksums unread: use opened_arrays"
    options = {keyword.arg: keyword.value for keyword in node.keywords}
    if name == "read_array" and not is_constant(options.get("allow_pickle"), False):
        yield "reads arrays that may be pickled"
    for option, bad in (("allow_pickle", True), ("shell", True), ("verify", False)):
        if option in options and not is_constant(options[option], not bad):
            yield f"passes {option} that is not {not bad}"
    if name == "urlopen" or (module == "ssl" and name == "SSLContext"):
        yield f"calls {name}, which the limits or the checks of _fetch do not cover"
    if module == "subprocess" and name in PROCESSES and not isinstance(node.args[0], ast.List):
        yield "starts a program by something other than a list"


def is_constant(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sources_read_no_pickles_and_start_no_shell(path: Path) -> None:
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from joblib import load", "import torch.nn", "pd.read_pickle('a')",
        "np.load('a')", "np.load('a', allow_pickle=True)", "np.savez('a', allow_pickle=True)",
        "np.lib.format.read_array(f)", "f(allow_pickle=x)", "os.system('ls')", "os.popen(x)",
        "subprocess.run('ls')", "subprocess.run(f'ls {x}')", "subprocess.run(['ls'], shell=True)",
        "subprocess.Popen(command)", "from subprocess import run", "yaml.load(x)",
        "yaml.unsafe_load(x)", "requests.get(u, verify=False)", "eval(x)",
        "ssl._create_unverified_context()", "c.verify_mode = ssl.CERT_NONE",
        "c.check_hostname = False", "urllib.request.urlopen(u)", "archive.extractall(p)",
    ],
)  # fmt: skip
def test_the_audit_notices(text: str) -> None:
    assert list(faults(text))


def test_programs_are_started_somewhere() -> None:
    started = [
        path
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and module_of(node.func) == "subprocess"
    ]
    assert len(started) >= 5


def test_rules_run_scripts_only() -> None:
    for path in RULES:
        text = path.read_text()
        assert not re.search(r"^\s+(shell|run|wrapper|notebook|cwl)\s*:", text, re.MULTILINE), path
        assert not re.search(r"\b(shell|os\.system|subprocess|eval|exec)\s*\(", text), path
        python = re.sub(r"^(include|configfile|rule|wildcard_constraints).*", "", text)
        assert "allow_pickle" not in python
    assert sum(path.read_text().count("script:") for path in RULES) > 30
