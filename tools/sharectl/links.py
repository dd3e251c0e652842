"""`sharectl links`: who has open links, and links withdrawn by the operator where their owner cannot be asked."""

from collections import Counter
from typing import Annotated
from uuid import UUID

import typer

from report_shares.refusals import Contention, ServiceUnavailable
from report_shares.rules import tokens
from report_shares.rules.links import token_in
from report_shares.rules.shares import Share
from report_shares.store.share_table import ShareTable
from report_shares.times import iso, system_clock
from report_shares.use_cases.withdraw_share import ShareForgotten, WithdrawShare
from sharectl import secrets
from sharectl.command import Command, Context, not_empty
from sharectl.errors import Fault, InvalidInput, SharectlError, secrets_given
from sharectl.output import in_columns
from sharectl.selection import EVERYTHING, Selection
from sharectl.stack import Stack

_OWNERS_SHOWN = 20
_NO_LINK = "this is no link of this stack, or its secret was dropped"

app = typer.Typer(name="links", no_args_is_help=True, help="Public links.")


Principal = Annotated[str | None, typer.Option(metavar="ID", callback=not_empty, help="Links of this principal.")]
ScheduleId = Annotated[UUID | None, typer.Option("--schedule", metavar="ID", help="Links to this schedule.")]
BrandId = Annotated[UUID | None, typer.Option("--brand", metavar="ID", help="Links to this brand's schedules.")]
Workspace = Annotated[
    str | None, typer.Option(metavar="ID", callback=not_empty, help="Links to this workspace's schedules.")
]
Name = Annotated[
    str | None, typer.Option(metavar="NAME", callback=not_empty, help="Links for this recipient, whoever made them.")
]


@app.command("list", cls=Command)
def list_links(  # noqa: PLR0913 - the command's options
    ctx: Context,
    *,
    principal: Principal = None,
    schedule: ScheduleId = None,
    brand: BrandId = None,
    workspace: Workspace = None,
    name: Name = None,
) -> None:
    """List the links that are open now, newest first, never what opens them.

    All of them, or those to which every given option applies.
    """
    found = Selection(principal, schedule, brand, workspace, name).find(ctx.stack)
    rows = [("share", "principal", "name", "brand", "schedule", "created", "expires")]
    rows += [
        (
            str(share.id),
            share.principal_id,
            share.name or "-",
            str(share.brand_id),
            share.schedule_name,
            iso(share.created_at),
            iso(share.expires_at),
        )
        for share in found
    ]
    ctx.output.result({"links": [_shown(share) for share in found], "count": len(found)})
    ctx.output.result({}, *(in_columns(rows) if found else []), _counted(len(found), "open"))


@app.command(cls=Command)
def revoke(  # noqa: PLR0913 - the command's options
    ctx: Context,
    link: Annotated[
        str | None,
        typer.Argument(
            metavar="LINK", show_default=False, help="A link or its token; - reads it from stdin, where no one sees it."
        ),
    ] = None,
    *,
    principal: Principal = None,
    schedule: ScheduleId = None,
    brand: BrandId = None,
    workspace: Workspace = None,
    name: Name = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before links are withdrawn by whose they are.")
    ] = False,
) -> None:
    """Withdraw links at once, whoever made them; they answer 410 from then on.

    The one that is given, or all open ones to which every given option applies: it says how many they are and asks
    first. What is made after that stays, and is told at the end. Running it again does no harm.
    """
    selected = Selection(principal, schedule, brand, workspace, name)
    if (link is None) == (selected == EVERYTHING):
        raise InvalidInput(
            [Fault("", "give either a link or whose links: --principal, --schedule, --brand, --workspace, --name")]
        )
    if link is None:
        _revoke_selected(ctx, selected, without_asking=yes)
    else:
        _revoke_one(ctx, link)


def _revoke_one(ctx: Context, link: str) -> None:
    given = list(secrets_given([link]))
    if len(given) > 1:
        raise InvalidInput([Fault("", "there is more than one line on standard input: give one link at a time")])
    share_id = _share_id(ctx.stack, given[0][1])
    try:
        withdrawn = _withdraw_share(ctx.stack)(share_id)
    except ShareForgotten:
        raise SharectlError(f"share {share_id} expired so long ago that its row is gone") from None
    except Contention:
        raise SharectlError(f"share {share_id} keeps changing; try again") from None
    owner, was_revoked = withdrawn.share.principal_id, withdrawn.already_withdrawn
    ctx.output.result(
        {"share_id": str(share_id), "principal_id": owner, "already_revoked": was_revoked},
        f"revoked  {_whose(withdrawn.share)}{' (was so already)' if was_revoked else ''}",
    )


def _revoke_selected(ctx: Context, selected: Selection, *, without_asking: bool) -> None:
    found = selected.find(ctx.stack)
    if found:
        _tell_whose(ctx, selected, found)
        if not without_asking and not ctx.output.confirmed(f"withdraw {_counted(len(found))}?"):
            raise SharectlError("nothing was done")
    outcomes: Counter[str] = Counter()
    ctx.output.result({"revoked": []})
    try:
        with ctx.output.progress() as progress:
            for share in progress.track(found, description="withdrawing"):
                outcomes[_withdraw(ctx, share)] += 1
    finally:
        done, dead, failed = outcomes["revoked"], outcomes["already dead"], outcomes["failed"]
        ctx.output.result(
            {"withdrawn": done, "already_dead": dead, "failed": failed},
            f"{done} withdrawn, {dead} dead already, {failed} failed, {len(found) - outcomes.total()} not tried",
        )
    if found:
        known = {share.id for share in found}
        late = [share for share in selected.find(ctx.stack) if share.id not in known]
        ctx.output.result({"made_meanwhile": len(late)})
        if late:
            ctx.output.note(f"{_counted(len(late))} made meanwhile and still open: run the command again")


def _withdraw(ctx: Context, share: Share) -> str:
    """What became of the share, which is told."""
    try:
        withdrawn = _withdraw_share(ctx.stack)(share.id)
    except ShareForgotten:
        outcome = "already dead"
    except Contention:
        outcome, reason = "failed", "it keeps changing"
    except ServiceUnavailable as error:
        outcome, reason = "failed", f"AWS does not answer: {error.cause}"
    else:
        outcome = "already dead" if withdrawn.already_withdrawn else "revoked"
    if outcome == "failed":
        ctx.output.faults.append(Fault("", f"{_whose(share)} is still open: {reason}"))
    line = f"{outcome:12}  {_whose(share)}"
    ctx.output.entry("revoked", _shown(share) | {"outcome": outcome.replace(" ", "_")}, line)
    return outcome


def _whose(share: Share) -> str:
    return f"share {share.id} of {share.principal_id}{f' for {share.name}' if share.name else ''}"


def _withdraw_share(stack: Stack) -> WithdrawShare:
    return WithdrawShare(ShareTable(stack.dynamodb, stack.table), system_clock)


def _tell_whose(ctx: Context, selected: Selection, found: list[Share]) -> None:
    by_brand = selected.principal_id is not None
    owners = Counter(f"brand {share.brand_id}" if by_brand else share.principal_id for share in found).most_common()
    ctx.output.note(f"{_counted(len(found), 'open')}:")
    for owner, count in owners[:_OWNERS_SHOWN]:
        ctx.output.note(f"{count:6}  {owner}")
    if len(owners) > _OWNERS_SHOWN:
        ctx.output.note(f"{sum(count for _, count in owners[_OWNERS_SHOWN:]):6}  {len(owners) - _OWNERS_SHOWN} others")


def _counted(count: int, which: str = "") -> str:
    return " ".join(filter(None, [str(count), which, "link" if count == 1 else "links"]))


def _shown(share: Share) -> dict[str, object]:
    """All that is told of a share; not what opens it."""
    return {
        "share_id": str(share.id),
        "principal_id": share.principal_id,
        "name": share.name,
        "brand_id": str(share.brand_id),
        "scheduled_report_id": str(share.scheduled_report_id),
        "schedule_name": share.schedule_name,
        "created_at": iso(share.created_at),
        "expires_at": iso(share.expires_at),
        "live": share.live,
        "has_password": share.has_password,
    }


def _share_id(stack: Stack, link: str) -> UUID:
    """The share behind a link or token, as far as it opens or has opened one. No message holds the link."""
    token = token_in(link.rpartition("/shared/")[2]) or ""
    try:
        share_id = tokens.verify(secrets.read(stack).secrets, token)
    except tokens.InvalidToken:
        raise SharectlError(_NO_LINK) from None
    share = ShareTable(stack.dynamodb, stack.table).get_share(share_id)
    if share and share.token_key_id != tokens.key_id_of(token):
        raise SharectlError(_NO_LINK)
    return share_id
