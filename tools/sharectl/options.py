"""What every command takes: the stack, how to reach it, and how to answer."""

from typing import Annotated

import boto3
import typer

from sharectl import stack as stacks

StackName = Annotated[str, typer.Option("--stack", metavar="NAME", help="The deployed stack.")]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="AWS profile.")]
# boto3 itself reads AWS_DEFAULT_REGION and the profile's region, but not AWS_REGION.
Region = Annotated[str | None, typer.Option("--region", metavar="REGION", envvar="AWS_REGION", help="AWS region.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]


def find(name: str, profile: str | None, region: str | None) -> stacks.Stack:
    """The stack that the options name."""
    return stacks.find(boto3.Session(profile_name=profile, region_name=region), name)
