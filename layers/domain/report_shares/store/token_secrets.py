"""Token secrets in Secrets Manager: one secret that holds the document of ``rules/token_secrets.py``."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from report_shares.refusals import ServiceUnavailable
from report_shares.rules.token_secrets import parse_secrets
from report_shares.rules.tokens import TokenSecrets
from report_shares.store.aws_errors import as_service_unavailable, cause_of
from report_shares.times import MINUTE, SECOND, Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

CURRENT = "AWSCURRENT"

# How long a withdrawn secret may go unnoticed: while Secrets Manager answers, and while it does not.
_REMEMBERED = 5 * MINUTE
_REMEMBERED_AT_MOST = 60 * MINUTE
# Anyone can invent key ids, so looking for a missing one is limited.
_BETWEEN_SEARCHES = 10 * SECOND


class SecretsManagerTokenSecrets:
    """``TokenSecretSource`` on Secrets Manager, remembered for a while. Not for several threads."""

    def __init__(self, client: Callable[[], "SecretsManagerClient"], secret_id: str, clock: Clock) -> None:
        self._client = client
        self._secret_id = secret_id
        self._clock = clock
        self._known: TokenSecrets | None = None
        self._read_at = self._asked_at = 0
        self._searched_at: int | None = None

    def current(self) -> TokenSecrets:
        return self._known_at(self._clock())

    def searched_for(self, key_id: int, *, always: bool = False) -> TokenSecrets:
        now = self._clock()
        known = self._known_at(now)
        if key_id in known.by_key_id:
            return known
        if always or self._searched_at is None or now - self._searched_at >= _BETWEEN_SEARCHES:
            self._searched_at = now
            known = self._ask(now)
        if self._read_at != self._asked_at:
            raise ServiceUnavailable(cause="the token secrets could not be read anew")
        return known

    def _known_at(self, now: int) -> TokenSecrets:
        if self._known is None or now - self._asked_at >= _REMEMBERED:
            return self._ask(now)
        return self._known

    def _ask(self, now: int) -> TokenSecrets:
        self._asked_at = now
        try:
            document = self._read()
        except ServiceUnavailable:
            if self._known is None or now - self._read_at >= _REMEMBERED_AT_MOST:
                self._known = None
                raise
            return self._known
        self._read_at = now
        self._known = parse_secrets(document).secrets
        return self._known

    def _read(self) -> str:
        try:
            with as_service_unavailable():
                return current_version(self._client(), self._secret_id)["SecretString"]
        except ClientError as error:
            raise ServiceUnavailable(cause=cause_of(error)) from error


def current_version(client: "SecretsManagerClient", secret_id: str) -> "GetSecretValueResponseTypeDef":
    """What Secrets Manager has under the label that `sharectl secrets` moves.

    It is what AWS answers without a label, too; moto answers otherwise once the label has been moved.
    """
    return client.get_secret_value(SecretId=secret_id, VersionStage=CURRENT)
