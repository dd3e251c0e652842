"""What the documents name is there."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

from local_service.environment import ROOT
from tests.template.template import template

PACKAGE = ROOT / "layers" / "domain" / "report_shares"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def diagram() -> str:
    (found,) = re.findall(r"```mermaid\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(), re.DOTALL)
    return str(found)


def names_in(group: str) -> set[str]:
    """The nodes of a group of the diagram."""
    (body,) = re.findall(rf"subgraph {group} .*?\n(.*?)\n    end", diagram(), re.DOTALL)
    return set(body.split())


def classes_in(folder: str) -> set[str]:
    return set(
        re.findall(r"^class (\w+)", "\n".join(p.read_text() for p in (PACKAGE / folder).glob("*.py")), re.MULTILINE)
    )


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


def test_the_use_cases_and_stores_of_the_diagram_are_classes() -> None:
    assert names_in("use_cases") <= classes_in("use_cases")
    assert names_in("store") <= classes_in("store")


def test_the_rules_of_the_diagram_are_the_modules_of_the_rules() -> None:
    assert names_in("rules") == modules_in("rules")


def test_every_arrow_of_the_diagram_joins_what_is_in_it() -> None:
    declared = set(re.findall(r"^ +(?:subgraph )?(\w+)(?=$| \[)", diagram(), re.MULTILINE))
    declared |= set(re.findall(r"\b(\w+)(?=\[|\{|\(\[)", diagram()))
    lines = [line.strip() for line in diagram().splitlines() if "-->" in line or "-.->" in line]
    joined = set()
    for line in lines:
        bare = re.sub(r"(\[\[|\[\(|\(\[|\{\{|\[).*?(\]\]|\)\]|\]\)|\}\}|\])", "", line)
        joined |= set(re.findall(r"\w+", re.sub(r"-\. \w+ \.->|-\.->|-->", " ", bare)))

    assert joined
    assert joined <= declared


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/runbook.md", "events/README.md"]
)
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


def slug(title: str) -> str:
    """A heading's anchor, as renderers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def make_targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "events/README.md", "CHANGELOG.md"])
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", text))

    assert named
    assert named <= make_targets()


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
