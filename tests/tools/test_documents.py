"""What the documents name is there."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import get_protocol_members, get_type_hints, is_protocol

import pytest
import yaml

from local_service.environment import ROOT
from report_shares import store, use_cases
from report_shares.use_cases import ports
from tests.template.template import template

PACKAGE = ROOT / "layers" / "domain" / "report_shares"
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for folder in (ROOT, *(path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")))
    for path in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def diagram() -> str:
    (found,) = re.findall(r"```mermaid\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(), re.DOTALL)
    return str(found)


def names_in(group: str) -> set[str]:
    """The nodes of a group of the diagram."""
    (body,) = re.findall(rf"subgraph {group} .*?\n(.*?)\n    end", diagram(), re.DOTALL)
    names = body.split()
    assert sorted(names) == sorted(set(names))
    return set(names)


def arrows(kind: str) -> set[tuple[str, str]]:
    """What the arrows ``-->`` or ``-.->`` of the diagram join; ``A & B --> C`` are two of them."""
    found = set()
    for line in diagram().splitlines():
        bare = re.sub(r"(\[\[|\[\(|\(\[|\{\{|\[).*?(\]\]|\)\]|\]\)|\}\}|\])|\|.*?\|", "", line)
        ends = [[name.strip() for name in end.split("&")] for end in bare.split(kind)]
        found |= {pair for left, right in pairwise(ends) for pair in product(left, right)}
    return found


def defined_in(package: object) -> Iterator[type]:
    """Classes and functions of a package's modules, each once."""
    (folder,) = package.__path__  # type: ignore[attr-defined] # packages have one
    for module in pkgutil.iter_modules([folder]):
        found = importlib.import_module(f"{package.__name__}.{module.name}")  # type: ignore[attr-defined]
        yield from (one for one in vars(found).values() if getattr(one, "__module__", None) == found.__name__)


def stores() -> dict[str, type]:
    """What speaks to AWS: is made with a client."""
    classes = [one for one in defined_in(store) if inspect.isclass(one)]
    makers = {one: vars(one).get("__init__") for one in classes}
    return {one.__name__: one for one, maker in makers.items() if "client" in getattr(maker, "__annotations__", {})}


def ports_of(one: type) -> set[type]:
    """The ports that a use case is given."""
    return {hint for hint in get_type_hints(one).values() if is_protocol(hint) and hint is not ports.Meter}


def users_of_ports() -> dict[str, set[type]]:
    """The use cases with their ports; what only serves other use cases is none."""
    used = set(re.findall(r"^from report_shares\.use_cases\.\w+ import (.+)$", sources("use_cases"), re.MULTILINE))
    helpers = {name.strip() for names in used for name in names.split(",")}
    found = {one.__name__: ports_of(one) for one in defined_in(use_cases) if callable(one) and not is_protocol(one)}
    return {name: asked for name, asked in found.items() if asked and (name not in helpers or name[0].isupper())}


def sources(folder: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((PACKAGE / folder).glob("*.py")))


def modules_in(folder: str) -> set[str]:
    return {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}


def test_the_handlers_of_the_diagram_are_the_functions_of_the_template() -> None:
    functions = {
        name for name, found in template()["Resources"].items() if found["Type"] == "AWS::Serverless::Function"
    }

    assert names_in("handlers") == functions


def test_the_resources_of_the_diagram_are_in_the_template() -> None:
    resources = set(re.findall(r"\b([A-Z]\w+)(?:\[|\{)", diagram()))

    assert resources
    assert resources <= template()["Resources"].keys()


def test_the_use_cases_of_the_diagram_are_all_that_ask_something_of_the_world() -> None:
    assert names_in("use_cases") == users_of_ports().keys()


def test_the_stores_of_the_diagram_are_all_that_speak_to_aws() -> None:
    assert names_in("store") == stores().keys()


def test_the_dotted_arrows_of_the_diagram_are_the_ports_of_the_use_cases() -> None:
    joined = {
        (use_case, name)
        for use_case, asked in users_of_ports().items()
        for port in asked
        for name, implementation in stores().items()
        if get_protocol_members(port) <= set(dir(implementation))
    }

    assert arrows("-.->") == joined


def test_whatever_is_in_the_diagram_is_used_by_something_there() -> None:
    pointed_at = {right for _, right in arrows("-->") | arrows("-.->")}

    assert names_in("handlers") | names_in("use_cases") | names_in("store") <= pointed_at


def test_the_rules_of_the_diagram_are_the_modules_of_the_rules() -> None:
    assert names_in("rules") == modules_in("rules")


def test_every_arrow_of_the_diagram_joins_what_is_in_it() -> None:
    declared = set(re.findall(r"^ +(?:subgraph )?(\w+)(?=$| \[)", diagram(), re.MULTILINE))
    declared |= set(re.findall(r"\b(\w+)(?=\[|\{|\(\[)", diagram()))
    joined = {end for pair in arrows("-->") | arrows("-.->") for end in pair}

    assert joined
    assert joined <= declared


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text()):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        aimed = (path.parent / file) if file else path
        assert aimed.exists(), target
        if anchor:
            text = aimed.read_text()
            headings = {slug(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
            assert anchor in headings | set(re.findall(r'id="(\w+)"', text)), target


def test_each_alarm_has_a_line_in_the_runbook() -> None:
    alarms = {name for name, found in template()["Resources"].items() if found["Type"] == "AWS::CloudWatch::Alarm"}
    lines = re.findall(r'^\| <a id="(\w+)"></a>`(\w+)` \| .+ \| .+ \|$', RUNBOOK, re.MULTILINE)

    assert {name for _, name in lines} == alarms
    assert [anchor for anchor, name in lines if anchor != name.lower()] == []


def test_what_the_runbook_gives_back_to_the_share_api_is_what_production_reserves_for_it() -> None:
    (given_back,) = re.findall(r"\$\{RESERVED:-(\d+)\}", RUNBOOK)

    assert int(given_back) == template()["Mappings"]["Stages"]["prod"]["ShareApiConcurrency"]


def slug(title: str) -> str:
    """A heading's anchor, as renderers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def make_targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_that_a_document_names_exists() -> None:
    named = {
        (document, target)
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|\$ )(?:\w+=\S+ )*make ([a-z-]+)", (ROOT / document).read_text())
    }

    assert {document for document, _ in named} >= {"README.md", "CONTRIBUTING.md", "docs/runbook.md"}
    assert {(document, target) for document, target in named if target not in make_targets()} == set()


def test_the_example_of_the_contributors_page_fails_until_the_rule_changes() -> None:
    """It is a test that a newcomer writes first, so it must fail today, and for the reason it is meant to."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    names = vars(importlib.import_module("tests.rules.test_shares")) | {}

    exec(code, names)  # noqa: S102 # our own document

    with pytest.raises(AssertionError):
        names["test_a_refresh_adds_at_least_a_week"]()


def test_the_hooks_before_a_commit_fetch_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())

    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert {hook["language"] for repo in config["repos"] for hook in repo["hooks"]} == {"system"}


def test_the_contributors_page_is_one_page() -> None:
    assert len(Path(ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 66
