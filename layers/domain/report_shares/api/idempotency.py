"""The Idempotency-Key header, and answers that are given again."""

from collections.abc import Callable

from report_shares.api.headers import header_values
from report_shares.api.messages import Request, Response
from report_shares.refusals import Conflict, IdempotencyKeyRequired, InvalidRequest
from report_shares.rules import idempotency, tokens
from report_shares.use_cases.create_share import SharedLink
from report_shares.use_cases.once import Once
from report_shares.use_cases.share_changes import LINK_PLACE, RecordedAnswer
from report_shares.use_cases.token_secrets import TokenSecretSource


def once_for[T](request: Request, answer: Callable[[T], RecordedAnswer], *, required: bool = False) -> Once[T] | None:
    """The caller's wish to have this request's effect once; None without the header.

    Raises ``InvalidRequest`` for a malformed or repeated header, ``IdempotencyKeyRequired`` for a missing one.
    """
    event = request.event
    keys = header_values(event, "Idempotency-Key")
    if not keys:
        if required:
            raise IdempotencyKeyRequired
        return None
    if len(keys) > 1 or not idempotency.is_well_formed(keys[0]):
        fault = {
            "loc": ["header", "Idempotency-Key"],
            "msg": "Must be given once, with 1 to 255 visible ASCII characters",
            "type": "idempotency_key_malformed",
        }
        raise InvalidRequest(details={"errors": [fault]})
    same = idempotency.fingerprint(event["httpMethod"], event["path"], event.get("body") or "")
    return Once(keys[0], same, answer)


def recorded(response: Response, link: SharedLink | None = None) -> RecordedAnswer:
    """What is kept of an answer: all of it but the token, which is derived anew."""
    return RecordedAnswer(
        status=response.status,
        headers=dict(response.headers),
        body=response.body.replace(link.token, LINK_PLACE) if link else response.body,
        share_id=link.share.id if link else None,
        token_key_id=link.share.token_key_id if link else None,
    )


def replayed(answer: RecordedAnswer, secrets: TokenSecretSource) -> Response:
    """The first answer again, byte for byte. Raises ``Conflict`` where its link's secret was withdrawn since."""
    body = answer.body
    if answer.share_id is not None and answer.token_key_id is not None:
        at_hand = secrets.searched_for(answer.token_key_id, always=True)
        try:
            token = tokens.mint(at_hand, answer.share_id, answer.token_key_id)
        except tokens.UnknownTokenSecret:
            raise Conflict("The link of the first answer was withdrawn, use another Idempotency-Key") from None
        body = body.replace(LINK_PLACE, token)
    return Response(answer.status, body, {**answer.headers, "Idempotent-Replayed": "true"})
