"""Stacks that are made to be removed, with all that the template would retain."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from release.errors import ReleaseError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

TAGS = {"report-shares-ephemeral": "true"}
"""What marks such a stack. Nothing without it is removed, whatever it is called."""

_POLL_SECONDS, _PATIENCE_SECONDS = 2.0, 3_600.0
# For 90 days CloudFormation still tells, by its id, what a deleted stack was made of.
_GONE = "DELETE_COMPLETE"


def remove(session: boto3.Session, name: str) -> Iterator[str]:
    """Delete every stack that has or had this name, then what they retained; says what it did, as it goes along.

    May be repeated, also after it was cut short. What API Gateway writes logs with is the account's and stays. Raises
    ``ReleaseError`` before anything is deleted if one of them is not marked as ephemeral.
    """
    client: CloudFormationClient = session.client("cloudformation")
    stacks = list(_stacks(client, name))
    for stack in stacks:
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
        if not tags.items() >= TAGS.items():
            raise ReleaseError(f"{stack['StackId']} is no ephemeral stack: it stays")
    for stack in stacks:
        status = settle(client, stack["StackId"])
        # Asked for before the stack goes, since only AWS itself still tells it afterwards.
        resources = list(_resources(client, stack["StackId"]))
        if status != _GONE:
            _delete(client, stack["StackId"])
            yield f"deleted the stack {name}"
        for resource in resources:
            delete = _RETAINED.get(resource["ResourceType"])
            found = resource.get("PhysicalResourceId")
            if delete and found and delete(session, found):
                yield f"deleted {resource['LogicalResourceId']}: {found}"


def _stacks(client: "CloudFormationClient", name: str) -> Iterator["StackTypeDef"]:
    for page in client.get_paginator("list_stacks").paginate():
        for summary in page["StackSummaries"]:
            if summary["StackName"] == name:
                yield client.describe_stacks(StackName=summary["StackId"])["Stacks"][0]


def _resources(client: "CloudFormationClient", stack_id: str) -> Iterator[Any]:
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack_id):
        yield from page["StackResourceSummaries"]


def settle(client: "CloudFormationClient", stack: str) -> str:
    """Wait until nothing changes the stack of that name or id any more; its status then."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        status = str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        # A stack whose first change set was never executed is in review for ever.
        if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
            return status
        if time.monotonic() > deadline:
            raise ReleaseError(f"{stack} is {status} for too long")
        time.sleep(_POLL_SECONDS)


def _delete(client: "CloudFormationClient", stack_id: str) -> None:
    client.delete_stack(StackName=stack_id)
    status = settle(client, stack_id)
    if status != _GONE:
        raise ReleaseError(f"{stack_id} is {status}: look at its events")


def _delete_table(session: boto3.Session, name: str) -> bool:
    client = session.client("dynamodb")
    return _unless_gone(lambda: client.delete_table(TableName=name), "ResourceNotFoundException")


def _delete_bucket(session: boto3.Session, name: str) -> bool:
    client = session.client("s3")

    def delete() -> None:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            versions: Any = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if versions:
                said = client.delete_objects(Bucket=name, Delete={"Objects": versions, "Quiet": True})
                if errors := said.get("Errors"):
                    raise ReleaseError(f"{name}: {errors[0].get('Key')} cannot be deleted: {errors[0].get('Message')}")
        client.delete_bucket(Bucket=name)

    return _unless_gone(delete, "NoSuchBucket")


def _delete_secret(session: boto3.Session, arn: str) -> bool:
    client = session.client("secretsmanager")
    return _unless_gone(
        lambda: client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True), "ResourceNotFoundException"
    )


def _unless_gone(delete: Callable[[], object], code: str) -> bool:
    """Whether there was something to delete."""
    try:
        delete()
    except ClientError as error:
        if error.response["Error"].get("Code") == code:
            return False
        raise
    return True


_RETAINED: dict[str, Callable[[boto3.Session, str], bool]] = {
    "AWS::DynamoDB::Table": _delete_table,
    "AWS::S3::Bucket": _delete_bucket,
    "AWS::SecretsManager::Secret": _delete_secret,
}
