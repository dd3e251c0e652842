"""What ships: the same bytes each time, compiled beforehand, and nothing that would be compiled again."""

import importlib.util
import json
import marshal
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from botocore.session import get_session

from local_service import deploy
from local_service.environment import ROOT, TOOLS
from report_shares.page import render
from tests.lacking import need_tools
from tests.world import event

_FUNCTIONS = {
    "ShareApiFunction": event("put_share"),
    "SharedReportFunction": event("read_shared_report", TOKEN="none"),  # noqa: S106 # no secret
    "RollUpFunction": {"Records": []},
}
# They know no module of the service.
_CHECKS = {"ReleaseCheckFunction": "release_check", "SyntheticCheckFunction": "synthetic_check"}
_SERVICES = ("dynamodb", "s3", "secretsmanager", "sqs", "codedeploy", "lambda")
_UNCHECKED_HASH = 0b01


def build_layer(folder: Path, architecture: str = "x86_64") -> Path:
    need_tools("building the layer", "sam")
    script = ROOT / "layers" / "domain" / "build" / "build_layer.py"
    # With pip, which SAM's environment has.
    command = [str(TOOLS / "sam" / "bin" / "python"), str(script), str(folder)]
    subprocess.run(command, env=os.environ | {"ARCHITECTURE": architecture}, check=True)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions and the layer, as `make build` makes them."""
    need_tools("`sam build`", "sam")
    folder = tmp_path_factory.mktemp("artifacts") / "build"
    deploy.sam(["build", "--no-cached", "--build-dir", str(folder)])
    return folder


@pytest.fixture
def layer(built: Path) -> Path:
    return built / "DomainLayer" / "python"


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_input_gives_the_same_bytes(layer: Path, tmp_path: Path) -> None:
    assert digests(build_layer(tmp_path / "elsewhere" / "python")) == digests(layer)


@pytest.mark.parametrize(
    ("artifact", "in_lambda"),
    [("DomainLayer/python", "/opt/python"), *((function, "/var/task") for function in (*_FUNCTIONS, *_CHECKS))],
)
def test_every_module_ships_with_bytecode_for_its_place_in_lambda_that_is_never_compared_with_its_source(
    built: Path, artifact: str, in_lambda: str
) -> None:
    folder = built / artifact
    modules = list(folder.rglob("*.py"))

    assert modules
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(str(module))).read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(compiled[4:8], "little") == _UNCHECKED_HASH
        assert compiled[8:16] == importlib.util.source_hash(module.read_bytes())
        assert marshal.loads(compiled[16:]).co_filename == f"{in_lambda}/{module.relative_to(folder)}"  # noqa: S302 # ours


def ran(code: str, *path: Path) -> str:
    """What this code prints when it runs on these folders only, with a function's variables set."""
    variables = {"TABLE_NAME": "t", "BUCKET_NAME": "b", "TOKEN_SECRET_ID": "s", "DEAD_LETTER_QUEUE_URL": "https://q"}
    kept = ("PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = sys.argv[1:]\n{code}", *map(str, path)],
        env={name: os.environ[name] for name in kept} | variables | {"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("function", _FUNCTIONS)
def test_each_function_answers_from_what_ships_and_loads_the_template_engine_for_a_page_only(
    built: Path, layer: Path, function: str
) -> None:
    code = f"""
from json import dumps, loads
from types import SimpleNamespace
import app
context = SimpleNamespace(aws_request_id="00000000-0000-0000-0000-000000000000", function_name="f",
    memory_limit_in_mb="1", invoked_function_arn="arn")
answer = app.lambda_handler(loads({json.dumps(_FUNCTIONS[function])!r}), context)
import botocore, pydantic, report_shares
print(dumps([answer, "jinja2" in sys.modules, botocore.__file__, pydantic.__file__, report_shares.__path__[0]]))
"""

    answer, loads_templates, *places = json.loads(ran(code, built / function, layer).splitlines()[-1])

    assert answer.get("statusCode") in (401, 404, 405, None)
    assert not loads_templates
    assert all(place.startswith(str(layer)) for place in places)


@pytest.mark.parametrize(("function", "source"), _CHECKS.items())
def test_a_check_starts_from_what_ships_without_the_service_that_it_checks(
    built: Path, layer: Path, function: str, source: str
) -> None:
    code = "import app; print(app.__file__, 'report_shares' in sys.modules)"

    assert ran(code, built / function, layer).split() == [str(built / function / "app.py"), "False"]
    assert (built / function / "app.py").read_bytes() == (ROOT / "functions" / source / "app.py").read_bytes()


def test_the_release_check_ships_with_every_event_that_it_sends(built: Path, layer: Path) -> None:
    code = "import app; print(len([check.payload for check in app.checks()]))"

    assert int(ran(code, built / "ReleaseCheckFunction", layer)) > 5


@pytest.mark.parametrize("function", [*_FUNCTIONS, *_CHECKS])
def test_a_function_is_small(built: Path, function: str) -> None:
    files = [path for path in (built / function).rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) < 100_000


@pytest.mark.parametrize("function", _FUNCTIONS)
def test_garbage_is_looked_for_once_a_function_is_imported_and_not_before(
    built: Path, layer: Path, function: str
) -> None:
    code = """
import gc
begun = []
gc.callbacks.append(lambda phase, _: begun.append(phase))
import app
print(len(begun), gc.isenabled(), gc.get_freeze_count() > 10_000)
"""

    looked, enabled, frozen = ran(code, built / function, layer).split()

    assert int(looked) < 8  # behind the imports, where the function's own classes are made; dozens otherwise
    assert (enabled, frozen) == ("True", "True")


def test_the_page_is_rendered_from_templates_compiled_beforehand(layer: Path, tmp_path: Path) -> None:
    without_sources = shutil.copytree(layer, tmp_path / "python")
    shutil.rmtree(without_sources / "report_shares" / "page" / "templates")
    code = "from report_shares.page import render; print(render.gone_page(None).html, end='')"

    assert ran(code, without_sources) == render.gone_page(None).html


def test_every_template_is_compiled_beforehand(layer: Path) -> None:
    page = layer / "report_shares" / "page"

    assert len(list(page.glob("compiled/*.py"))) == len(list(page.glob("templates/*.html"))) > 5


def test_the_build_keeps_its_own_files_and_installers_records_out(built: Path) -> None:
    names = {path.name for path in built.rglob("*")}

    assert not names & {
        "build_layer.py",
        "Makefile",
        "requirements.in",
        "requirements.txt",
        "RECORD",
        "INSTALLER",
        "bin",
    }
    assert "METADATA" in names


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("arm64", 183)])
def test_the_compiled_modules_are_for_the_architecture_asked_for(
    architecture: str, machine: int, tmp_path: Path
) -> None:
    """The machine's number in the ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""
    modules = list(build_layer(tmp_path / "python", architecture).rglob("*.so"))

    assert modules
    assert {int.from_bytes(module.read_bytes()[18:20], "little") for module in modules} == {machine}


def test_the_sdk_describes_the_services_that_are_called_and_no_others(layer: Path) -> None:
    described = {path.name for path in (layer / "botocore" / "data").iterdir() if path.is_dir()}

    assert described == set(_SERVICES)


def test_the_sdk_makes_the_clients_that_it_makes_with_all_services_described(layer: Path) -> None:
    regions = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1")
    code = f"""
import boto3
for region in {regions!r}:
    for service in {_SERVICES!r}:
        print(boto3.client(service, region_name=region).meta.endpoint_url)
"""

    whole = get_session()
    made = [whole.create_client(service, region_name=region) for region in regions for service in _SERVICES]
    assert ran(code, layer).split() == [client.meta.endpoint_url for client in made]
