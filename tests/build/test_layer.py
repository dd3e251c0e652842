"""The layer as it ships: the same bytes each time, compiled beforehand, and nothing that would be compiled again."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import get_session

from local_service.environment import ROOT, TOOLS
from report_shares.page import render
from tests.build.calls_of_the_sdk import CALLS
from tests.lacking import need_tools

# With pip, which SAM's environment has.
_PYTHON = TOOLS / "sam" / "bin" / "python"
_FUNCTIONS = {"share_api": "_service", "shared_report": "_service", "roll_up": "_service"}
_UNCHECKED_HASH = 0b01


def build(folder: Path, architecture: str = "x86_64") -> Path:
    need_tools("building the layer", "sam")
    script = ROOT / "layers" / "domain" / "build_layer.py"
    subprocess.run(
        [str(_PYTHON), str(script), str(folder)], env=os.environ | {"ARCHITECTURE": architecture}, check=True
    )
    return folder


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("layer") / "python")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_input_gives_the_same_bytes(layer: Path, tmp_path: Path) -> None:
    assert digests(build(tmp_path / "elsewhere" / "python")) == digests(layer)


def test_every_module_ships_with_bytecode_that_is_used_without_a_look_at_its_source(layer: Path) -> None:
    modules = list(layer.rglob("*.py"))

    assert modules
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(str(module)))
        magic, flags = compiled.read_bytes()[:4], int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert magic == importlib.util.MAGIC_NUMBER
        assert flags == _UNCHECKED_HASH


def test_tracebacks_name_the_place_in_lambda(layer: Path) -> None:
    compiled = Path(importlib.util.cache_from_source(str(layer / "report_shares" / "times.py"))).read_bytes()

    assert b"/opt/python/report_shares/times.py" in compiled
    assert str(layer).encode() not in compiled


def ran(layer: Path, code: str, *path: str) -> str:
    """What this code prints when it runs on the layer and these folders only, with a function's variables set."""
    variables = {"TABLE_NAME": "t", "BUCKET_NAME": "b", "TOKEN_SECRET_ID": "s", "DEAD_LETTER_QUEUE_URL": "https://q"}
    kept = ("PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = sys.argv[1:]\n{code}", *path, str(layer)],
        env={name: os.environ[name] for name in kept}
        | variables
        | {"AWS_DEFAULT_REGION": "us-east-1", "PYDANTIC_DISABLE_PLUGINS": "__all__"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("function", "factory"), _FUNCTIONS.items())
def test_each_function_starts_from_what_ships(layer: Path, function: str, factory: str) -> None:
    code = (
        f"import app; app.{factory}()\n"
        "import botocore, pydantic, report_shares\n"
        "print(botocore.__file__, pydantic.__file__, report_shares.__path__[0])"
    )

    said = ran(layer, code, str(ROOT / "functions" / function))

    assert all(path.startswith(str(layer)) for path in said.split())


@pytest.mark.parametrize(
    ("function", "factory", "not_needed"),
    [
        # People wait for these two.
        ("shared_report", "_service", {"pydantic", "pydantic_core", "report_shares.rules.roll_up", "jinja2"}),
        ("share_api", "_service", {"pydantic", "pydantic_core", "report_shares.rules.roll_up", "jinja2"}),
        ("roll_up", "_service", {"jinja2"}),
    ],
)
def test_a_start_loads_nothing_that_it_does_not_need(
    layer: Path, function: str, factory: str, not_needed: set[str]
) -> None:
    code = f"import app; app.{factory}(); print(*sys.modules)"

    loaded = set(ran(layer, code, str(ROOT / "functions" / function)).split())

    assert "botocore.client" in loaded
    assert not loaded & (not_needed | {"importlib.metadata", "zipfile", "botocore.docs.service", "boto3"})


@pytest.mark.parametrize("function", _FUNCTIONS)
def test_garbage_is_looked_for_once_a_function_is_imported_and_not_before(layer: Path, function: str) -> None:
    code = """import gc
begun = []
gc.callbacks.append(lambda phase, _: begun.append(phase))
import app
print(len(begun), gc.isenabled(), gc.get_freeze_count() > 10_000)
"""

    looked, enabled, frozen = ran(layer, code, str(ROOT / "functions" / function)).split()

    assert int(looked) < 8  # behind the imports, where the function's own classes are made; dozens otherwise
    assert (enabled, frozen) == ("True", "True")


def test_the_page_is_rendered_from_templates_compiled_beforehand(layer: Path, tmp_path: Path) -> None:
    without_sources = shutil.copytree(layer, tmp_path / "python")
    shutil.rmtree(without_sources / "report_shares" / "page" / "templates")
    code = "from report_shares.page import render; print(render.gone_page(None).html, end='')"

    assert ran(without_sources, code) == render.gone_page(None).html


def test_every_template_is_compiled_beforehand(layer: Path) -> None:
    page = layer / "report_shares" / "page"

    assert len(list(page.glob("compiled/*.py"))) == len(list(page.glob("templates/*.html"))) > 5


def test_a_dependency_that_looks_otherwise_stops_the_build(layer: Path, tmp_path: Path) -> None:
    built_already = shutil.copytree(layer, tmp_path / "python")
    code = f"sys.path.insert(0, {str(ROOT / 'layers' / 'domain')!r}); import deferred_imports, pathlib\n"

    with pytest.raises(AssertionError, match=r"urllib3/http2/__init__\.py: does not have"):
        ran(layer, code + f"deferred_imports.defer(pathlib.Path({str(built_already)!r}))")


def test_the_build_keeps_its_own_files_and_installers_records_out(layer: Path) -> None:
    names = {path.name for path in layer.rglob("*")}

    assert not names & {
        "build_layer.py",
        "deferred_imports.py",
        "sdk.py",
        "Makefile",
        "requirements.in",
        "requirements.txt",
        "RECORD",
        "INSTALLER",
    }
    assert "METADATA" in names


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("arm64", 183)])
def test_the_compiled_modules_are_for_the_architecture_asked_for(
    architecture: str, machine: int, tmp_path: Path
) -> None:
    """The machine's number in the ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""
    modules = list(build(tmp_path / "python", architecture).rglob("*.so"))

    assert modules
    assert {int.from_bytes(module.read_bytes()[18:20], "little") for module in modules} == {machine}


def sdk_of(layer: Path) -> dict[str, set[str]]:
    """The services that the layer's botocore knows, and their operations, by the names of their methods."""
    data = layer / "botocore" / "data"
    return {
        service.name: {xform_name(name) for name in json.loads(model.read_text())["operations"]}
        for service in data.iterdir()
        if service.is_dir()
        for model in service.glob("*/service-2.json")
    }


def test_the_sdk_knows_the_operations_that_the_store_calls_and_no_others(layer: Path) -> None:
    known = sdk_of(layer)
    session = get_session()
    all_methods = {xform_name(name) for service in known for name in session.get_service_model(service).operation_names}
    called = {
        node.func.attr
        for path in (ROOT / "layers" / "domain" / "report_shares" / "store").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert set().union(*known.values()) == called & all_methods


def test_each_operation_of_the_sdk_is_among_the_calls_that_are_compared(layer: Path) -> None:
    compared: dict[str, set[str]] = {}
    for service, method, _ in CALLS:
        compared.setdefault(service, set()).add(method)

    assert compared == sdk_of(layer)


def test_the_sdk_sends_what_it_would_send_untrimmed(layer: Path) -> None:
    """Each operation's request, in regions of each of AWS's partitions."""

    def sent(*path: str) -> list[object]:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "calls_of_the_sdk.py"), *path],
            env={name: os.environ[name] for name in ("PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: list[object] = json.loads(done.stdout)
        return found

    assert sent(str(layer)) == sent()
