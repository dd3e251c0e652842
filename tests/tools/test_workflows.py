"""What the workflows may do, that they hold no secret, and that what they run is in the repository."""

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from release.__main__ import app
from tests.template.template import load

ROOT = Path(__file__).parents[2]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.y*ml"))}
# YAML 1.1 takes the key `on` for true.
WORKFLOWS: dict[str, Any] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
JOBS = [(name, job_id) for name, workflow in WORKFLOWS.items() for job_id in workflow["jobs"]]
ROLE = load(ROOT / "tools/release/github-role.yaml")


def steps(name: str, job_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = WORKFLOWS[name]["jobs"][job_id]["steps"]
    return found


def commands() -> list[list[str]]:
    """The words of every line that a step runs."""
    runs = [step.get("run", "") for name, job_id in JOBS for step in steps(name, job_id)]
    lines = [line for run in runs for line in run.splitlines()]
    return [shlex.split(re.sub(r"^\w+=\$\((.*)\)$", r"\1", line)) for line in lines]


def test_there_is_a_workflow_that_checks_and_one_that_deploys() -> None:
    assert TEXTS.keys() == {"check.yml", "deploy.yml"}
    assert [".ci/run"] in commands()


@pytest.mark.parametrize("name", TEXTS)
def test_a_workflow_names_no_secret_and_may_do_nothing_that_a_job_does_not_ask_for(name: str) -> None:
    assert not re.search(r"secrets\s*[.\[]|secrets:|access-key", TEXTS[name])
    assert WORKFLOWS[name]["permissions"] == {}
    assert WORKFLOWS[name]["concurrency"]["group"]


@pytest.mark.parametrize(("name", "job_id"), JOBS)
def test_a_job_ends_in_time_and_reads_the_code_and_takes_on_a_role_only_in_an_environment(
    name: str, job_id: str
) -> None:
    job = WORKFLOWS[name]["jobs"][job_id]
    wanted = {"contents": "read"} | ({"id-token": "write"} if "environment" in job else {})

    assert 0 < job["timeout-minutes"] <= 120
    assert job["permissions"] == wanted


@pytest.mark.parametrize(("name", "job_id"), JOBS)
def test_an_action_is_pinned_by_its_commit_and_says_its_version(name: str, job_id: str) -> None:
    used = [step["uses"] for step in steps(name, job_id) if "uses" in step]

    assert used
    for action in used:
        assert re.search(rf"uses: {re.escape(action)} # v\d+\.\d+\.\d+$", TEXTS[name], re.MULTILINE), action
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)


def test_each_action_has_one_version() -> None:
    used = set(re.findall(r"uses: (\S+)@(\S+ # \S+)", "".join(TEXTS.values())))

    assert len({action for action, _ in used}) == len(used)


def test_what_a_step_runs_is_in_the_repository() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    group = typer.main.get_group(app)
    options = {
        name: {flag for option in command.params for flag in option.opts} for name, command in group.commands.items()
    }

    for program, *words in commands():
        if program == "make":
            assert set(words) <= targets
        elif program == ".venv/bin/python":
            module, called, *rest = words[1:]
            assert (words[0], module) == ("-m", "release")
            assert {word for word in rest if word.startswith("--")} <= options[called]
        elif program != "echo":
            assert os.access(ROOT / program, os.X_OK), program


def test_production_gets_what_was_built_and_rehearsed_once_somebody_has_approved() -> None:
    jobs = WORKFLOWS["deploy.yml"]["jobs"]
    built = [job_id for job_id in jobs if any("build" in step.get("run", "") for step in steps("deploy.yml", job_id))]

    assert built == ["build"]
    assert jobs["production"]["needs"] == ["build", "sandbox"]
    assert jobs["production"]["environment"] == "production"
    for job_id in ("sandbox", "production"):
        assert jobs[job_id]["env"]["DIGEST"] == "${{ needs.build.outputs.digest }}"
    assert jobs["clean-up"]["env"]["STACK"] == jobs["sandbox"]["env"]["STACK"]


def test_a_deployment_is_not_built_from_a_cache_that_others_may_have_filled() -> None:
    assert "cache" not in TEXTS["deploy.yml"]


# ---- the role that AWS gives them ------------------------------------------------------------------------------------


def test_the_role_is_for_one_environment_of_one_repository() -> None:
    (trust,) = ROLE["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"},
        }
    }
    environments = {job["environment"] for job in WORKFLOWS["deploy.yml"]["jobs"].values() if "environment" in job}
    assert set(ROLE["Parameters"]["Environment"]["AllowedValues"]) == environments


def test_the_role_changes_roles_of_the_stack_only_and_not_itself() -> None:
    properties = ROLE["Resources"]["DeployRole"]["Properties"]
    (policy,) = properties["Policies"]
    about_iam = [one for one in policy["PolicyDocument"]["Statement"] if "iam:" in str(one["Action"])]

    assert len(about_iam) == 2
    for statement in about_iam:
        assert statement["Resource"]["Fn::Sub"].endswith(":role/report-shares-*")
        assert "iam:*" not in statement["Action"]
    assert not properties["RoleName"]["Fn::Sub"].startswith("report-shares-")


def test_the_role_lasts_as_long_as_a_job_that_takes_it_on() -> None:
    lasts = ROLE["Resources"]["DeployRole"]["Properties"]["MaxSessionDuration"]

    for job_id in WORKFLOWS["deploy.yml"]["jobs"]:
        for step in steps("deploy.yml", job_id):
            if "configure-aws-credentials" in step.get("uses", ""):
                asked = step["with"].get("role-duration-seconds", 3_600)
                assert WORKFLOWS["deploy.yml"]["jobs"][job_id]["timeout-minutes"] * 60 <= asked <= lasts
