"""Every command of docs/runbook.md, as it stands there, on the deployed local stack."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local_service import demo
from local_service.environment import ROOT, TOOLS, for_sam, isolated
from sharectl import keys
from tests.e2e.conftest import Caller, Json, Service, eventually, get, read
from tests.e2e.test_local_service import another_run
from tests.lacking import need_tools

pytestmark = pytest.mark.rehearsal

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
OTHER_STACK = "report-shares-dev"  # the one that samconfig.toml calls dev
OTHER_REGION = "eu-west-1"


def sections() -> dict[str, str]:
    """The commands of each section, by its title; those of the introduction under ""."""
    found = {}
    for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE):
        title, _, text = part.partition("\n")
        blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
        if commands:
            found["" if part.startswith("# ") else title] = "\n".join(commands)
    return found


SECTIONS = sections()


class Operator:
    """Someone who follows the runbook."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.followed: set[str] = set()

    def follow(self, title: str, **variables: str) -> str:
        """Run the commands of a section; what they print. The first that fails ends it."""
        self.followed.add(title)
        python = {
            "aws": (TOOLS / "aws", "awscli"),
            "sam": (TOOLS / "sam", "samcli"),
        }
        functions = [
            f'{name}() {{ {shlex.quote(str(folder / "bin" / "python"))} -m {module} "$@"; }}'
            for name, (folder, module) in python.items()
        ]
        functions.append(f'sharectl() {{ {shlex.quote(sys.executable)} -m sharectl.main "$@"; }}')
        script = "\n".join(["set -euo pipefail", *functions, SECTIONS[""], SECTIONS[title]])
        done = subprocess.run(
            ["bash", "-c", script],  # noqa: S607
            cwd=ROOT,
            env=for_sam(isolated(os.environ, self.service.ready["endpoint_url"]))
            | {"STACK": self.service.ready["stack"], "COLUMNS": "200"}
            | variables,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def output(self, name: str, stack: str | None = None, region: str = "us-east-1") -> str:
        name_of_stack = stack or self.service.ready["stack"]
        stacks = self.service.client("cloudformation", region).describe_stacks(StackName=name_of_stack)
        found: dict[str, str] = {one["OutputKey"]: one["OutputValue"] for one in stacks["Stacks"][0]["Outputs"]}
        return found[name]


@pytest.fixture(scope="module")
def operator(service: Service) -> Operator:
    need_tools("the runbook's commands", "aws")
    return Operator(service)


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    made = service.new_caller()
    yield made
    headers = {"Authorization": f"Bearer {made.key}"}
    httpx.delete(made.shares_url, headers=headers, timeout=60, trust_env=False)


def test_a_first_deploy_ends_with_a_stack_that_serves_a_first_brand(operator: Operator, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.json"
    document = demo.demo().document(keys.mint())
    del document["api_keys"][0]["key"]
    catalog.write_text(json.dumps(document))

    said = operator.follow("First deploy", CATALOG=str(catalog))

    assert "minted, shown only now: rp_live_" in said
    table = operator.output("TableName", OTHER_STACK)
    assert table != operator.output("TableName")
    found = operator.service.client("dynamodb").scan(TableName=table)["Items"]
    assert {item["sk"]["S"] for item in found} == {"BRAND", "SCHEDULE", "LEDGER", "KEY"}


def test_what_a_deployment_would_change_can_be_seen_before(operator: Operator) -> None:
    before = operator.service.client("cloudformation").describe_stacks(StackName=OTHER_STACK)["Stacks"][0]

    operator.follow("Deploy a change, and go back")

    after = operator.service.client("cloudformation").describe_stacks(StackName=OTHER_STACK)["Stacks"][0]
    assert after.get("LastUpdatedTime") == before.get("LastUpdatedTime")


def test_the_token_secret_is_replaced_without_breaking_links(operator: Operator, caller: Caller) -> None:
    link = caller.post().json()["share_url"]

    said = operator.follow("Replace the token secret")

    assert said.splitlines()[-2:] == ["1", "2  in use"]
    assert get(link).status_code == 200


def test_a_leaked_link_is_withdrawn(operator: Operator, caller: Caller, tmp_path: Path) -> None:
    link = caller.post().json()["share_url"]
    (tmp_path / "link").write_text(f"{link}\n")

    said = operator.follow("A link leaked", LINK_FILE=str(tmp_path / "link"))

    assert get(link).status_code == 410
    assert link.rpartition("/")[2] not in said
    assert caller.post().status_code == 201


def test_a_leaked_key_is_revoked(operator: Operator, caller: Caller) -> None:
    assert caller.post().status_code == 201

    operator.follow("An API key leaked", LEAKED_KEY=caller.key)

    assert caller.post().status_code == 401


def test_failed_runs_are_listed_corrected_and_replayed(operator: Operator, service: Service, tmp_path: Path) -> None:
    run = another_run(seed=7)
    rank = run["regions"][0]["answers"][0]["rank"]
    run["regions"][0]["answers"][0]["rank"] = -1
    (tmp_path / "run.json").write_text(json.dumps(run))
    code, _ = service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "60")
    assert code == 1
    eventually(lambda: service.sharectl("runs", "failed")[1]["failed"], "the broken file among the failed")
    run["regions"][0]["answers"][0]["rank"] = rank
    (tmp_path / "run.json").write_text(json.dumps(run))

    said = operator.follow("Run files that failed", CORRECTED_FILE=str(tmp_path / "run.json"))

    assert re.search(rf"^failed .*{run['id']}.*rank", said, re.MULTILINE)
    assert re.search(rf"^rolled_up .*{run['id']}", said, re.MULTILINE)
    assert re.search(rf"^replayed .*{run['id']}", said, re.MULTILINE)


def test_a_roll_up_is_rebuilt(operator: Operator, service: Service, caller: Caller) -> None:
    before = read(caller.post().json()["share_url"]).json()["snapshot"]["stats"]

    said = operator.follow("Rebuild a roll-up", SCHEDULE=service.schedule_id)

    folded = f"rebuilt  {service.schedule_id}: {before['runs_count']} runs folded, 0 kept"
    assert [line for line in said.splitlines() if line.startswith(folded)]
    refreshed = caller.post()
    assert refreshed.status_code == 200
    assert read(refreshed.json()["share_url"]).json()["snapshot"]["stats"] == before


def test_the_table_is_restored(operator: Operator, caller: Caller) -> None:
    share = caller.post().json()

    operator.follow("Restore the table to a point in time")

    table = operator.output("TableName")
    assert f"{table}-restored" not in operator.service.client("dynamodb").list_tables()["TableNames"]
    assert get(share["share_url"]).status_code == 200


def test_a_stack_moves_to_another_region_with_its_links(
    operator: Operator, service: Service, caller: Caller, tmp_path: Path
) -> None:
    link = caller.post().json()["share_url"]

    operator.follow("Move to another region", NEW_REGION=OTHER_REGION, PRIVATE_FILE=str(tmp_path / "secret"))

    api = operator.output("ApiId", OTHER_STACK, OTHER_REGION)
    moved = f"{service.ready['endpoint_url']}/restapis/{api}/dev/_user_request_/v1/shared/{link.rpartition('/')[2]}"
    assert get(moved).status_code == 200
    assert get(link).status_code == 200
    # MiniStack keeps the setting without acting upon it.
    function = operator.service.client("cloudformation").describe_stack_resource(
        StackName=service.ready["stack"], LogicalResourceId="ShareApiFunction"
    )["StackResourceDetail"]["PhysicalResourceId"]
    functions = operator.service.client("lambda")
    assert functions.get_function_concurrency(FunctionName=function)["ReservedConcurrentExecutions"] == 0
    functions.delete_function_concurrency(FunctionName=function)


def test_a_stack_is_removed_and_its_data_stays(operator: Operator) -> None:
    table = operator.output("TableName", OTHER_STACK)

    operator.follow("Remove a stack", OLD_STACK=OTHER_STACK)

    assert table in operator.service.client("dynamodb").list_tables()["TableNames"]


def test_a_leaked_secrets_links_are_dead_once_it_is_dropped(operator: Operator) -> None:
    operator.follow("The token secret leaked")

    document = operator.service.client("secretsmanager").get_secret_value(SecretId=operator.output("TokenSecretArn"))
    secrets: Json = json.loads(document["SecretString"])
    assert secrets.keys() == {"current", "2"}


def test_every_command_of_the_runbook_has_been_run(operator: Operator) -> None:
    assert operator.followed == SECTIONS.keys() - {""}
