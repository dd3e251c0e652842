"""Every command of docs/runbook.md, as it stands there, on the deployed local stack."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from functions.synthetic_check.app import Caller as SyntheticCaller
from functions.synthetic_check.app import StepFailed

from local_service import demo
from local_service.environment import ROOT, TOOLS, for_sam, isolated
from report_shares.rules.access import digest_of
from sharectl import keys
from tests.e2e.conftest import Caller, Json, Service, eventually, get, read
from tests.e2e.test_local_service import another_run
from tests.lacking import need_tools
from tests.template.template import template

pytestmark = pytest.mark.stack

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
OTHER_STACK = "report-shares-dev"  # the one that samconfig.toml calls dev
OTHER_REGION = "eu-west-1"


def sections() -> dict[str, list[list[str]]]:
    """The commands of each section by its title, block by block; those of the introduction under ""."""
    found = {}
    for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE):
        title, _, text = part.partition("\n")
        blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        commands = [[line.removeprefix("$ ") for line in block.splitlines()] for block in blocks]
        if commands:
            found["" if part.startswith("# ") else title] = commands
    return found


SECTIONS = sections()
_DEFINITION = re.compile(r"(export )?[A-Z_]+=|\w+\(\) \{")


class Operator:
    """Someone who follows the runbook."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.followed: set[tuple[str, int]] = set()

    def follow(self, title: str, block: int | None = None, **variables: str) -> str:
        """Run the commands of a section, or of one block of it; what they print. The first that fails ends it."""
        blocks = range(len(SECTIONS[title])) if block is None else [block]
        self.followed |= {(title, number) for number in blocks}
        commands = [line for number in blocks for line in SECTIONS[title][number]]
        # Someone who goes on with a later block still has what those before defined.
        before = [line for earlier in SECTIONS[title][: blocks[0]] for line in earlier if _DEFINITION.match(line)]
        python = {
            "aws": (TOOLS / "aws", "awscli"),
            "sam": (TOOLS / "sam", "samcli"),
        }
        functions = [
            f'{name}() {{ {shlex.quote(str(folder / "bin" / "python"))} -m {module} "$@"; }}'
            for name, (folder, module) in python.items()
        ]
        functions.append(f'sharectl() {{ {shlex.quote(sys.executable)} -m sharectl.main "$@"; }}')
        (introduction,) = SECTIONS[""]
        script = "\n".join(["set -euo pipefail", *functions, *introduction, *before, *commands])
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

    def item(self, pk: str, sk: str) -> Json:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found: Json = self.service.client("dynamodb").get_item(TableName=self.output("TableName"), Key=key)["Item"]
        return found

    def secrets(self) -> Json:
        """The document of the token secrets."""
        client = self.service.client("secretsmanager")
        found: Json = json.loads(client.get_secret_value(SecretId=self.output("TokenSecretArn"))["SecretString"])
        return found

    def resource(self, name: str) -> str:
        found = self.service.client("cloudformation").describe_stack_resource(
            StackName=self.service.ready["stack"], LogicalResourceId=name
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

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
    cloudformation = operator.service.client("cloudformation")
    ours = "A run file was put into the bucket."
    deployed = cloudformation.get_template(StackName=OTHER_STACK)["TemplateBody"]
    text = deployed if isinstance(deployed, str) else json.dumps(deployed)
    assert ours in text
    (before,) = cloudformation.describe_stacks(StackName=OTHER_STACK)["Stacks"]
    bucket = operator.output("BucketName", OTHER_STACK)
    earlier = text.replace(ours, "As an earlier commit had it.")
    operator.service.client("s3").put_object(Bucket=bucket, Key="earlier.json", Body=earlier.encode())
    cloudformation.update_stack(
        StackName=OTHER_STACK,
        TemplateURL=f"{operator.service.ready['endpoint_url']}/{bucket}/earlier.json",
        Parameters=[{"ParameterKey": one["ParameterKey"], "UsePreviousValue": True} for one in before["Parameters"]],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=OTHER_STACK, WaiterConfig={"Delay": 1})

    said = operator.follow("Deploy a change, and go back")

    assert re.search(r"Modify +RunFileArrived +AWS::Events::Rule", said)
    rule = cloudformation.describe_stack_resource(StackName=OTHER_STACK, LogicalResourceId="RunFileArrived")
    name = rule["StackResourceDetail"]["PhysicalResourceId"]
    described = operator.service.client("events").describe_rule(Name=name)
    assert described["Description"] == "As an earlier commit had it."


def test_the_synthetic_check_gets_a_key_and_then_another_one_and_passes_with_either(
    operator: Operator, service: Service
) -> None:
    secrets = service.client("secretsmanager")

    def known() -> Json:
        secret = secrets.get_secret_value(SecretId=f"{service.ready['stack']}-synthetic-check")
        found: Json = json.loads(secret["SecretString"])
        return found

    def live_a_share(secret: Json) -> None:
        SyntheticCaller(
            service.base_url, secret["scheduled_report_id"], secret["api_key"], HTTPConnection
        ).live_a_share()

    title = "Switch the synthetic check on"
    arn = operator.follow(title, block=0).strip()
    first = known()
    live_a_share(first)
    said = operator.follow(title, block=1)
    second = known()

    assert re.fullmatch(template()["Parameters"]["SyntheticCheckSecret"]["AllowedPattern"], arn)
    assert arn
    live_a_share(second)
    with pytest.raises(StepFailed) as refused:
        live_a_share(first)
    assert (refused.value.step, refused.value.found) == ("create", 401)
    assert not [secret for secret in (first, second) if secret["api_key"] in arn + said]


def test_the_token_secret_is_replaced_without_breaking_links(operator: Operator, caller: Caller) -> None:
    link = caller.post().json()["share_url"]

    for lines in (["1", "2  in use"], ["1", "2", "3  in use"]):
        said = operator.follow("Replace the token secret")

        assert said.splitlines()[-len(lines) :] == lines
    assert get(link).status_code == 200


def test_a_leaked_link_is_withdrawn(operator: Operator, caller: Caller, tmp_path: Path) -> None:
    link = caller.post().json()["share_url"]
    (tmp_path / "link").write_text(f"{link}\n")

    said = operator.follow("A link leaked", LINK_FILE=str(tmp_path / "link"))

    assert get(link).status_code == 410
    assert link.rpartition("/")[2] not in said
    assert caller.post().status_code == 201


def test_who_leaves_has_no_key_and_no_link_any_more(operator: Operator, service: Service, caller: Caller) -> None:
    first, second = (Caller(caller.shares_url, key) for key in service.new_keys(2))
    gone, stays = (one.post().json()["share_url"] for one in (first, caller))
    principal = operator.item(f"KEY#{digest_of(first.key)}", "KEY")["principal_id"]["S"]

    said = operator.follow("A teammate leaves", PRINCIPAL=principal)

    assert "1 open link" in said
    assert "1 withdrawn, 0 dead already, 0 failed, 0 not tried" in said
    assert gone.rpartition("/")[2] not in said
    assert [one.post().status_code for one in (first, second)] == [401, 401]
    assert (get(gone).status_code, get(stays).status_code) == (410, 200)


def test_a_client_leaves_with_all_data_and_nobody_elses(operator: Operator, service: Service, tmp_path: Path) -> None:
    leaving, workspace, key = demo.demo(seed=2), "leaving-workspace", keys.mint()
    catalog = json.dumps(leaving.document(key)).replace(demo.WORKSPACE_ID, workspace)
    assert service.sharectl("apply", "-", stdin=catalog)[0] == 0
    (run,) = demo.generate_runs(2, 1, last=datetime.now(UTC))
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "60")[0] == 0
    shares = service.shares_url.replace(service.schedule_id, leaving.scheduled_report_id)
    link = Caller(shares, key).post().json()["share_url"]
    assert read(link).json()["snapshot"]["stats"]["runs_count"] == 1
    stays = service.new_caller().post().json()["share_url"]

    said = operator.follow("Data has to go", WORKSPACE=workspace)

    assert len(re.findall(r"^ +1  run files$", said, re.MULTILINE)) == 2
    assert [get(one).status_code for one in (link, stays)] == [410, 200]
    bucket, table = operator.output("BucketName"), operator.output("TableName")
    versions = service.client("s3").list_object_versions(Bucket=bucket)
    left = [one["Key"] for kind in ("Versions", "DeleteMarkers") for one in versions.get(kind, [])]
    assert not [one for one in left if leaving.scheduled_report_id in one]
    assert [one for one in left if service.schedule_id in one]
    pages = service.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    rows = [item for page in pages for item in page["Items"] if leaving.scheduled_report_id in str(item)]
    assert [row["sk"]["S"] for row in rows] == ["PURGED"]


def test_snapshots_that_nothing_shows_are_cleared_and_had_back(operator: Operator, caller: Caller) -> None:
    link = caller.post().json()["share_url"]

    said = operator.follow("Clear snapshots that nothing shows", block=0)
    assert re.fullmatch(r"0 snapshots of 0 bytes would be cleared; .*\n0 snapshots of 0 bytes cleared; .*\n", said)
    snapshot = operator.item(f"SCHEDULE#{operator.service.schedule_id}", "SCHEDULE")["snapshot_key"]["S"]
    operator.service.client("s3").delete_object(Bucket=operator.output("BucketName"), Key=snapshot)

    said = operator.follow("Clear snapshots that nothing shows", block=1)

    assert said == "1 snapshots restored\n"
    assert read(link).status_code == 200


def test_a_producer_gets_and_loses_the_permission_to_write_its_run_files(
    operator: Operator, service: Service, tmp_path: Path
) -> None:
    iam, title, role = service.client("iam"), "Let a producer write run files", "a-producer"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')

    operator.follow(
        title, block=0, WORKSPACE=demo.WORKSPACE_ID, PRODUCER=role, POLICY_FILE=str(tmp_path / "policy.json")
    )

    policy = iam.get_role_policy(RoleName=role, PolicyName="put-run-files")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Action"] == "s3:PutObject"
    assert statement["Resource"] == [f"arn:aws:s3:::{operator.output('BucketName')}/runs/{service.schedule_id}/*"]

    operator.follow(title, block=1, PRODUCER=role)

    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    iam.delete_role(RoleName=role)


def test_a_leaked_key_is_revoked_and_the_log_says_what_its_teammate_did(
    operator: Operator, service: Service, caller: Caller, tmp_path: Path
) -> None:
    other = service.new_caller()
    (tmp_path / "key").write_text(f"{caller.key}\n")
    assert (caller.post().status_code, other.post().status_code) == (201, 201)
    principal, principal_of_other = (
        operator.item(f"KEY#{digest_of(key)}", "KEY")["principal_id"]["S"] for key in (caller.key, other.key)
    )

    said = operator.follow("An API key leaked", KEY_FILE=str(tmp_path / "key"), PRINCIPAL=principal)

    revoked, *lines = said.splitlines()
    assert revoked.endswith(f" of {principal}")
    (line,) = [json.loads(line) for line in lines if line]
    assert (line["route"], line["status"]) == ("POST /v1/scheduled-reports/{scheduled_report_id}/shares", 201)
    assert principal_of_other not in said
    assert caller.post().status_code == 401


def test_failed_runs_are_listed_corrected_and_replayed(operator: Operator, service: Service, tmp_path: Path) -> None:
    run = another_run(seed=7)
    completed_at = run["completed_at"]
    run["completed_at"] = "yesterday"
    (tmp_path / "run.json").write_text(json.dumps(run))
    code, _ = service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "60")
    assert code == 1
    eventually(lambda: service.sharectl("runs", "failed")[1]["failed"], "the broken file among the failed")
    run["completed_at"] = completed_at
    (tmp_path / "run.json").write_text(json.dumps(run))

    said = operator.follow("Run files that failed", block=0, CORRECTED_FILE=str(tmp_path / "run.json"))

    assert re.search(rf"^failed .*{run['id']}.*completed_at", said, re.MULTILINE)
    assert re.search(rf"^rolled_up .*{run['id']}", said, re.MULTILINE)
    assert re.search(rf"^replayed .*{run['id']}", said, re.MULTILINE)


def test_a_failed_run_that_can_never_be_put_right_is_dropped(operator: Operator, service: Service) -> None:
    key = "runs/nobody/no-run.json"
    service.client("s3").put_object(Bucket=operator.output("BucketName"), Key=key, Body=b"{}")
    eventually(
        lambda: [one for one in service.sharectl("runs", "failed")[1]["failed"] if one["key"] == key],
        "the file among the failed",
    )

    said = operator.follow("Run files that failed", block=1, HOPELESS=key)

    assert re.search(rf"^dropped .*{key}", said, re.MULTILINE)
    assert key not in str(service.sharectl("runs", "failed")[1])


def test_a_roll_up_is_rebuilt(operator: Operator, service: Service, caller: Caller) -> None:
    before = read(caller.post().json()["share_url"]).json()["snapshot"]["stats"]

    said = operator.follow("Rebuild a roll-up", SCHEDULE=service.schedule_id)

    folded = f"rebuilt  {service.schedule_id}: {before['runs_count']} runs folded, 0 kept"
    assert [line for line in said.splitlines() if line.startswith(folded)]
    versions = re.findall(rf"True\t\S+\truns/{service.schedule_id}/", said)
    assert len(versions) >= before["runs_count"]
    refreshed = caller.post()
    assert refreshed.status_code == 200
    assert read(refreshed.json()["share_url"]).json()["snapshot"]["stats"] == before


def test_what_was_lost_comes_back_from_a_point_in_time_and_no_link_that_was_taken_back(
    operator: Operator, service: Service
) -> None:
    kept, rotated, withdrawn, shortened = callers = [service.new_caller() for _ in range(4)]
    shares = [caller.post().json() for caller in callers]
    title = "Restore the table to a point in time"
    operator.follow(title, block=0, SINCE=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    table, dynamodb = operator.output("TableName"), operator.service.client("dynamodb")
    assert rotated.post(rotate=True).status_code == 201
    assert withdrawn.revoke_all().status_code == 204
    in_a_day = shortened.post(expiration_days=1).json()["expires_at"]
    for share in shares:
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": f"SHARE#{share['id']}"}, "sk": {"S": "SHARE"}})
    assert {get(share["share_url"]).status_code for share in shares} == {410}

    said = operator.follow(title, block=1)

    assert said.startswith("added  2 items; 2 shares more are withdrawn; ")
    assert "ledger" not in said
    assert [get(share["share_url"]).status_code for share in shares] == [200, 410, 410, 200]
    assert read(shares[3]["share_url"]).json()["expires_at"] == in_a_day
    assert [caller.post().status_code for caller in (kept, withdrawn, shortened)] == [200, 201, 200]
    assert f"{table}-restored" not in dynamodb.list_tables()["TableNames"]
    for caller in callers:
        caller.revoke_all()


def test_where_a_ledger_was_lost_its_links_are_withdrawn_and_every_schedule_folds_again(
    operator: Operator, service: Service, caller: Caller, tmp_path: Path
) -> None:
    share = caller.post().json()
    (tmp_path / "run.json").write_text(json.dumps(another_run(seed=11)))
    code, _ = service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "60")
    assert code == 0
    pointer = operator.item(f"SCHEDULE#{service.schedule_id}", "SCHEDULE")["rollup_key"]["S"]
    service.client("s3").delete_object(Bucket=operator.output("BucketName"), Key=pointer)

    said = operator.follow("What came back with a restored item", SCHEDULE=service.schedule_id)

    assert share["id"] in said
    assert share["access_token"] not in said
    assert get(share["share_url"]).status_code == 410
    assert caller.post().status_code == 201
    assert re.search(rf"^rebuilt  {service.schedule_id}: ", said, re.MULTILINE)
    (tmp_path / "run.json").write_text(json.dumps(another_run(seed=12)))
    code, _ = service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "60")
    assert code == 0


def test_a_table_that_was_deleted_comes_back_as_it_was(operator: Operator, caller: Caller) -> None:
    """What MiniStack does not make is the backup that DynamoDB keeps of a deleted table: here it is made before."""
    share = caller.post().json()
    table, dynamodb = operator.output("TableName"), operator.service.client("dynamodb")
    dynamodb.create_backup(TableName=table, BackupName="an-earlier-one")
    later = caller.post(rotate=True).json()
    dynamodb.create_backup(TableName=table, BackupName=f"{table}-as-it-was")
    dynamodb.delete_table(TableName=table)
    assert get(later["share_url"]).status_code >= 500

    said = operator.follow("If the table is gone")

    assert said.splitlines()[-1] == "ENABLED"

    assert (get(share["share_url"]).status_code, get(later["share_url"]).status_code) == (410, 200)
    again = caller.post()
    assert (again.status_code, again.json()["share_url"]) == (200, later["share_url"])
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "ttl")
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert dynamodb.describe_table(TableName=table)["Table"]["DeletionProtectionEnabled"] is True


def test_copies_lie_in_another_account_and_come_back_as_a_table(
    operator: Operator, service: Service, tmp_path: Path
) -> None:
    title, s3, dynamodb = "Copies in another account", service.client("s3"), service.client("dynamodb")
    table, bucket = operator.output("TableName"), operator.output("BucketName")
    account = dynamodb.describe_table(TableName=table)["Table"]["TableArn"].split(":")[4]
    where = {"BACKUP_BUCKET": "the-copies", "BACKUP_ACCOUNT": account, "ACCOUNT": account}
    operator.follow(title, block=0, **where)

    operator.follow(title, block=1, **where)

    def place_of(item: Json) -> tuple[str, str]:
        return item["pk"]["S"], item["sk"]["S"]

    def copied() -> set[str]:
        return {one["Key"] for one in s3.list_objects_v2(Bucket="the-copies").get("Contents", [])}

    assert {f"runs/{service.schedule_id}/", f"snapshots/{service.schedule_id}/"} <= {
        f"{key.rpartition('/')[0]}/" for key in copied()
    }
    new = f"snapshots/{service.schedule_id}/new.json.gz"
    s3.put_object(Bucket=bucket, Key=new, Body=b"{}")
    eventually(lambda: new in copied() or None, "the new object in the other bucket")
    s3.delete_object(Bucket=bucket, Key=new)
    assert new in copied()

    arn = operator.follow(title, block=2, **where).strip()
    export = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
    assert (export["S3Bucket"], export["S3BucketOwner"], export["S3Prefix"]) == ("the-copies", account, "table")

    operator.follow(title, block=3, PRIVATE_FILE=str(tmp_path / "secret"))
    copy = service.client("secretsmanager").get_secret_value(SecretId=f"{service.ready['stack']}-tokens")
    assert json.loads(copy["SecretString"]) == operator.secrets()
    assert not (tmp_path / "secret").exists()

    items = dynamodb.scan(TableName=table)["Items"]
    lines = [json.dumps({"Item": item}, default=lambda value: b64encode(value).decode()) for item in items]
    exported = f"table/AWSDynamoDB/{arn.rpartition('/')[2]}/data/1.json.gz"
    s3.put_object(Bucket="the-copies", Key=exported, Body=gzip.compress("\n".join(lines).encode()))
    operator.follow(title, block=4, **where, EXPORT=arn.rpartition("/")[2])
    found = dynamodb.scan(TableName="from-the-copy")["Items"]
    assert sorted(found, key=place_of) == sorted(items, key=place_of)
    dynamodb.delete_table(TableName="from-the-copy")

    operator.follow(title, block=5, **where, SCHEDULE=service.schedule_id)
    assert not [key for key in copied() if service.schedule_id in key]
    s3.delete_bucket_replication(Bucket=bucket)


def test_a_stack_moves_to_another_region_with_its_links(
    operator: Operator, service: Service, caller: Caller, tmp_path: Path
) -> None:
    link = caller.post().json()["share_url"]
    title, variables = "Move to another region", {"NEW_REGION": OTHER_REGION, "PRIVATE_FILE": str(tmp_path / "secret")}
    operator.follow(title, block=0, **variables)
    operator.follow("Keep writers out")
    # MiniStack keeps the setting without acting upon it.
    functions, function = service.client("lambda"), operator.resource("ShareApiFunction")
    assert functions.get_function_concurrency(FunctionName=function)["ReservedConcurrentExecutions"] == 0
    (tmp_path / "run.json").write_text(json.dumps(another_run(seed=13)))
    code, said = service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "3")
    assert (code, said["runs"][0]["status"]) == (1, "timed_out")
    # What is left of the file when it is removed is how it was.
    removing = tmp_path / "bin" / "rm"
    removing.parent.mkdir()
    removing.write_text(f'#!/bin/sh\nls -l "$1" > "{tmp_path}/listed"\nPATH=/usr/bin:/bin exec rm "$1"\n')
    removing.chmod(0o755)
    path = f"{removing.parent}{os.pathsep}{for_sam(os.environ)['PATH']}"

    bucket, s3 = operator.output("BucketName"), service.client("s3")
    twice = f"runs/{service.schedule_id}/{uuid4()}.json"
    for key in (twice, f"{twice}.gz"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")

    said_of_pairs = operator.follow(title, block=1, **variables)

    assert [line.split()[0] for line in said_of_pairs.splitlines()] == [twice, f"{twice}.gz"]
    for key in (twice, f"{twice}.gz"):
        s3.delete_object(Bucket=bucket, Key=key)

    operator.follow(title, block=2, **variables, PATH=path)

    assert (tmp_path / "listed").read_text().startswith("-rw------- ")
    assert not (tmp_path / "secret").exists()
    api = operator.output("ApiId", OTHER_STACK, OTHER_REGION)
    moved = f"{service.ready['endpoint_url']}/restapis/{api}/dev/_user_request_/v1/shared/{link.rpartition('/')[2]}"
    assert get(moved).status_code == 200
    assert get(link).status_code == 200
    late = f"runs/{service.schedule_id}/{uuid4()}.json"
    s3.put_object(Bucket=bucket, Key=late, Body=b"{}")

    operator.follow(title, block=3, **variables)

    moved_bucket = operator.output("BucketName", OTHER_STACK, OTHER_REGION)
    copied = service.client("s3", OTHER_REGION).get_object(Bucket=moved_bucket, Key=late)
    assert copied["Body"].read() == b"{}"
    s3.delete_object(Bucket=bucket, Key=late)

    operator.follow("Let writers in again")

    assert functions.get_function_concurrency(FunctionName=function)["ReservedConcurrentExecutions"] == 100
    code, _ = service.sharectl("runs", "put", str(tmp_path / "run.json"), "--wait", "--timeout", "60")
    assert code == 0
    functions.delete_function_concurrency(FunctionName=function)


def test_a_stack_is_removed_and_its_data_stays(operator: Operator) -> None:
    table = operator.output("TableName", OTHER_STACK)

    operator.follow("Remove a stack", OLD_STACK=OTHER_STACK)

    assert table in operator.service.client("dynamodb").list_tables()["TableNames"]


def test_two_operators_at_once_do_not_undo_each_others_secrets(operator: Operator) -> None:
    command = [sys.executable, "-m", "sharectl.main", "secrets", "add", "--stack", operator.service.ready["stack"]]
    environment = isolated(os.environ, operator.service.ready["endpoint_url"])
    before = set(operator.secrets()) - {"last"}

    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=60)[0].strip() for one in both]

    added = [number for one, number in zip(both, said, strict=True) if one.returncode == 0]
    assert added
    assert len(set(added)) == len(added)
    assert set(operator.secrets()) - {"last"} == before | set(added)


def test_secrets_that_changed_meanwhile_are_not_overwritten(operator: Operator) -> None:
    """What `sharectl secrets` relies on, asked of the local stack."""
    client, secret = operator.service.client("secretsmanager"), operator.output("TokenSecretArn")
    read = client.get_secret_value(SecretId=secret)
    mine = client.put_secret_value(SecretId=secret, SecretString="{}", VersionStages=["mine"])["VersionId"]
    client.put_secret_value(SecretId=secret, SecretString=read["SecretString"])

    with pytest.raises(client.exceptions.InvalidParameterException):
        client.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=mine, RemoveFromVersionId=read["VersionId"]
        )

    assert client.get_secret_value(SecretId=secret)["SecretString"] == read["SecretString"]


def test_all_secrets_but_the_one_in_use_are_dropped_when_it_leaked(operator: Operator) -> None:
    operator.follow("Replace the token secret")
    operator.follow("The token secret leaked")

    secrets = operator.secrets()
    assert secrets.keys() == {"current", secrets["current"]}


def test_every_command_of_the_runbook_has_been_run(operator: Operator) -> None:
    assert operator.followed == {(title, n) for title, blocks in SECTIONS.items() if title for n in range(len(blocks))}
