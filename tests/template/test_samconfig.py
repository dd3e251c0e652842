"""What `sam build` and `sam deploy` are told for each stage: a wrong line here deploys one stage over another."""

import tomllib
from typing import Any

import pytest

from sharectl.stack import DEFAULT_NAME
from tests.template.template import TEMPLATE, template

CONFIG: dict[str, Any] = tomllib.loads(TEMPLATE.with_name("samconfig.toml").read_text(encoding="utf-8"))
# So that dev cannot use up what prod needs in the same account.
LITTLE = " ThrottlingRate=20 ThrottlingBurst=40 TableReadUnits=500 TableWriteUnits=200"
STACKS = {"local": DEFAULT_NAME, "dev": f"{DEFAULT_NAME}-dev", "prod": f"{DEFAULT_NAME}-prod"}


def test_there_is_a_configuration_for_each_stage() -> None:
    assert CONFIG.keys() - {"version", "default"} == STACKS.keys()
    assert set(template()["Parameters"]["Stage"]["AllowedValues"]) == STACKS.keys()


@pytest.mark.parametrize("stage", STACKS)
def test_a_stage_is_deployed_as_itself_and_production_asks_first(stage: str) -> None:
    assert CONFIG[stage]["deploy"]["parameters"] == {
        "stack_name": STACKS[stage],
        "region": "us-east-1",
        "resolve_s3": True,
        "capabilities": "CAPABILITY_IAM",
        "confirm_changeset": stage == "prod",
        "fail_on_empty_changeset": False,
        "parameter_overrides": f"Stage={stage}{LITTLE if stage == 'dev' else ''}",
    }


def test_a_deployment_as_typed_is_that_of_dev() -> None:
    assert CONFIG["default"]["deploy"] == CONFIG["dev"]["deploy"]


@pytest.mark.parametrize("stage", STACKS)
def test_a_stage_is_built_as_without_a_stage(stage: str) -> None:
    assert CONFIG[stage]["build"] == CONFIG["default"]["build"]
