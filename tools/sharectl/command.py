"""What the commands have in common: the options that each of them takes, and how they report.

A shared option may stand before a command or after it: ``sharectl --json apply FILE``, ``sharectl apply FILE --json``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any

import boto3
import typer
from typer.core import TyperCommand, TyperGroup

from sharectl import stack as stacks
from sharectl.output import Output
from sharectl.terminal import printable, without_secrets


@dataclass(frozen=True)
class SharedOptions:
    """Which stack, how to reach it, and how to answer."""

    stack: str
    profile: str | None
    region: str | None
    as_json: bool


def shared_options(
    ctx: typer.Context,
    stack: Annotated[str, typer.Option(metavar="NAME", help="The deployed stack.")] = stacks.DEFAULT_NAME,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="AWS profile.")] = None,
    # boto3 itself reads AWS_DEFAULT_REGION and the profile's region, but not AWS_REGION.
    region: Annotated[str | None, typer.Option(metavar="REGION", envvar="AWS_REGION", help="AWS region.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")
    ] = False,
) -> None:
    """The callback of the whole app: it takes the options that stand before the command."""
    ctx.obj = SharedOptions(stack, profile, region, as_json)


class Context(typer.Context):
    """What a command is called with besides its own arguments and options."""

    obj: SharedOptions

    @cached_property
    def output(self) -> Output:
        return Output(as_json=self.obj.as_json)

    @cached_property
    def stack(self) -> stacks.Stack:
        """Looked up when it is first asked for. Raises ``SharectlError`` if there is no such stack."""
        session = boto3.Session(profile_name=self.obj.profile, region_name=self.obj.region)
        return stacks.find(session, self.obj.stack)


class Command(TyperCommand):
    """A command that also takes the shared options, and reports what goes wrong in it."""

    context_class = Context

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own parameters, the shared options as the app declares them, and ``--help``."""
        *own, help_option = super().get_params(ctx)
        shared = [option for option in ctx.find_root().command.params if option.expose_value]
        return [*own, *shared, help_option]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a shared option that stands after it counts more than one that stands before."""
        values = {name: ctx.params.pop(name) for name in vars(ctx.obj)}
        ctx.obj = replace(ctx.obj, **{name: value for name, value in values.items() if _stands_after(ctx, name)})
        with ctx.output.reporting():
            return super().invoke(ctx)


class Commands(TyperGroup):
    """All of them: what is wrong with how one was called is shown like every other text that someone else wrote."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _showing_safely():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _showing_safely():
            return super().invoke(ctx)


def not_empty(value: str | None) -> str | None:
    """A variable that is not set must not look like an option that was not given."""
    if value == "":
        raise typer.BadParameter("is empty")
    return value


@contextmanager
def _showing_safely() -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        shown = printable(without_secrets(error.format_message()))
        error.format_message = lambda: shown  # type: ignore[method-assign] # Typer shows what it returns
        raise


def _stands_after(ctx: typer.Context, name: str) -> bool:
    """Whether the option stands after the command: neither a default nor a variable of the environment."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
