"""A release packed, unpacked and deployed as it is; stacks that come and go leave nothing, and no other is touched."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from local_service.deploy import is_aws
from release import __main__ as commands
from release import ephemeral, package, sam
from release.errors import ReleaseError
from release.sam import Target
from sharectl import stack as stacks

# moto's CloudFormation knows no secrets: tests/e2e/test_release.py has one.
MADE: dict[str, dict[str, Any]] = {
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    },
    "Bucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
    },
    "Queue": {"Type": "AWS::SQS::Queue"},
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    (folder / "ShareApiFunction").mkdir(parents=True)
    (folder / "template.yaml").write_text("Resources:\n")
    (folder / "ShareApiFunction" / "app.py").write_text("one = 1\n")
    return folder


# ---- one file --------------------------------------------------------------------------------------------------------


def test_the_same_build_makes_the_same_release_whenever_and_by_whomever(build: Path, tmp_path: Path) -> None:
    first = package.pack(build, tmp_path / "first")
    for path in build.rglob("*"):
        os.utime(path, (1, 1))
    (build / "template.yaml").chmod(0o600)

    assert package.pack(build, tmp_path / "second") == first


def test_another_build_makes_another_release(build: Path, tmp_path: Path) -> None:
    first = package.pack(build, tmp_path / "first")
    (build / "ShareApiFunction" / "app.py").write_text("one = 2\n")

    assert package.pack(build, tmp_path / "second") != first


def test_a_release_is_unpacked_as_it_was_built(build: Path, tmp_path: Path) -> None:
    digest = package.pack(build, tmp_path / "release.tar.gz")

    package.unpack(tmp_path / "release.tar.gz", digest, tmp_path / "unpacked")

    for path in build.rglob("*.*"):
        assert (tmp_path / "unpacked" / path.relative_to(build)).read_bytes() == path.read_bytes()


def test_a_file_that_is_not_the_release_that_was_built_is_not_unpacked(build: Path, tmp_path: Path) -> None:
    file = tmp_path / "release.tar.gz"
    digest = package.pack(build, file)
    (build / "template.yaml").write_text("Resources: {}\n")
    package.pack(build, file)

    with pytest.raises(ReleaseError, match="not the release that was built"):
        package.unpack(file, digest, tmp_path / "unpacked")

    assert not (tmp_path / "unpacked").exists()


def test_without_a_build_there_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="make build"):
        package.pack(tmp_path, tmp_path / "release.tar.gz")


# ---- deploying -------------------------------------------------------------------------------------------------------


def test_production_is_deployed_with_what_samconfig_says_alone() -> None:
    told = Target("prod", "eu-central-1").arguments()

    assert told[2:] == ["--config-env", "prod", "--region", "eu-central-1"]


def test_a_stack_of_its_own_is_told_its_name_its_parameters_and_its_tags() -> None:
    told = Target(
        "dev", "us-east-1", "report-shares-ci-1", {"Stage": "dev", "RateLimit": "9"}, ephemeral.TAGS
    ).arguments()

    assert told[told.index("--stack-name") + 1] == "report-shares-ci-1"
    assert told[told.index("--parameter-overrides") + 1 :][:2] == ["Stage=dev", "RateLimit=9"]
    assert told[told.index("--tags") + 1] == "report-shares-ephemeral=true"


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """Where something was deployed to; nothing is."""
    targets: list[Target] = []
    monkeypatch.setattr(sam, "deploy", lambda _, target: targets.append(target))
    monkeypatch.setattr(commands, "wait_until_it_answers", lambda _: None)
    monkeypatch.setattr(stacks, "find", lambda *_: None)
    return targets


@pytest.mark.parametrize(("config", "altered"), [("prod", True), ("production", False)])
def test_neither_another_file_nor_an_unknown_stage_is_deployed(
    build: Path, tmp_path: Path, deployed: list[Target], config: str, *, altered: bool
) -> None:
    release = tmp_path / "release"
    digest = package.pack(build, release)
    given = digest.replace(digest[-1], "0" if digest[-1] != "0" else "1") if altered else digest

    said = CliRunner().invoke(
        commands.app, ["deploy", str(tmp_path / "release"), "--digest", given, "--config", config]
    )

    assert isinstance(said.exception, ReleaseError)
    assert deployed == []


def test_the_release_is_deployed_to_the_region_that_is_set(
    build: Path, tmp_path: Path, deployed: list[Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "release"
    digest = package.pack(build, release)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    said = CliRunner().invoke(
        commands.app, ["deploy", str(tmp_path / "release"), "--digest", digest, "--config", "prod"]
    )

    assert said.exit_code == 0, said.exception
    assert deployed == [Target("prod", "eu-central-1")]


@pytest.mark.parametrize(
    ("endpoint_url", "aws"),
    [
        ("https://dynamodb.us-east-1.amazonaws.com", True),
        ("https://123456789012.ddb.eu-central-1.amazonaws.com", True),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", True),
        ("http://localhost:4566", False),
        ("http://amazonaws.com.example:80", False),
    ],
)
def test_an_emulator_is_not_taken_for_aws(endpoint_url: str, aws: bool) -> None:
    assert is_aws(endpoint_url) == aws


# ---- stacks that come and go -----------------------------------------------------------------------------------------


@pytest.fixture
def session(no_aws_settings_of_the_user: None) -> Any:  # noqa: ARG001 # the order matters
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


def make(session: boto3.Session, name: str, *, tags: dict[str, str]) -> dict[str, str]:
    """A stack whose table and bucket are retained; what its resources are called."""
    resources = {key: found | ({} if key == "Queue" else {"DeletionPolicy": "Retain"}) for key, found in MADE.items()}
    client = session.client("cloudformation")
    client.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": resources}),
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    found = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def left(session: boto3.Session) -> tuple[list[str], list[str]]:
    """The tables and buckets of the account."""
    tables = session.client("dynamodb").list_tables()["TableNames"]
    buckets = [bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]]
    return tables, buckets


def test_of_an_ephemeral_stack_nothing_is_left_not_even_earlier_versions(session: boto3.Session) -> None:
    made = make(session, "report-shares-ci-1", tags=ephemeral.TAGS)
    s3 = session.client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=made["Bucket"], Key="runs/a", Body=body)
    s3.delete_object(Bucket=made["Bucket"], Key="runs/a")

    said = list(ephemeral.remove(session, "report-shares-ci-1"))

    assert said[0] == "deleted the stack report-shares-ci-1"
    assert len(said) == 3
    assert left(session) == ([], [])


@pytest.mark.parametrize("tags", [{}, {"report-shares-ephemeral": "false"}, {"Stage": "ci"}])
def test_a_stack_that_is_not_marked_as_ephemeral_stays_with_its_data(
    session: boto3.Session, tags: dict[str, str]
) -> None:
    make(session, "report-shares-ci-1", tags=tags)

    with pytest.raises(ReleaseError, match="no ephemeral stack"):
        list(ephemeral.remove(session, "report-shares-ci-1"))

    assert [len(kind) for kind in left(session)] == [1, 1]
    assert session.client("cloudformation").describe_stacks(StackName="report-shares-ci-1")["Stacks"]


def test_other_stacks_are_not_touched(session: boto3.Session) -> None:
    make(session, "report-shares-ci-1", tags=ephemeral.TAGS)
    other = make(session, "report-shares-ci-10", tags=ephemeral.TAGS)

    list(ephemeral.remove(session, "report-shares-ci-1"))

    assert left(session) == ([other["Table"]], [other["Bucket"]])


def test_what_a_removal_that_was_cut_short_has_left_is_removed_by_the_next(session: boto3.Session) -> None:
    make(session, "report-shares-ci-1", tags=ephemeral.TAGS)
    session.client("cloudformation").delete_stack(StackName="report-shares-ci-1")
    assert [len(kind) for kind in left(session)] == [1, 1]

    list(ephemeral.remove(session, "report-shares-ci-1"))

    assert left(session) == ([], [])
    assert list(ephemeral.remove(session, "report-shares-ci-1")) == []


def test_a_name_that_no_stack_has_is_nothing_to_remove(session: boto3.Session) -> None:
    assert list(ephemeral.remove(session, "report-shares-ci-1")) == []
