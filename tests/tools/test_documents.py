"""What the documents name is there."""

import re

import pytest
import yaml

from local_service.environment import ROOT
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


def test_the_rules_of_the_diagram_are_the_modules_of_the_rules() -> None:
    assert names_in("rules") == modules_in("rules")


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


def test_the_hooks_before_a_commit_fetch_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())

    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert {hook["language"] for repo in config["repos"] for hook in repo["hooks"]} == {"system"}
