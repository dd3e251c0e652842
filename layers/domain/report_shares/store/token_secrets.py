"""Token secrets in Secrets Manager: one JSON object, ``{"current": "1", "1": "<secret>", "2": ...}``."""

import json
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from report_shares.errors import ServiceUnavailable
from report_shares.rules.tokens import TokenSecrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# How long a replaced secret may go unnoticed by a warm execution environment.
_MAX_AGE_SECONDS = 300


class SecretsManagerTokenSecrets:
    """``TokenSecretSource`` on Secrets Manager, cached in memory."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._provider = SecretsProvider(boto3_client=client)
        self._secret_id = secret_id

    def current(self) -> TokenSecrets:
        """Raises ``ServiceUnavailable`` where the secret cannot be had."""
        try:
            document = self._provider.get(self._secret_id, max_age=_MAX_AGE_SECONDS)
        except GetParameterError as error:
            raise ServiceUnavailable from error
        return parse_token_secrets(str(document))


def parse_token_secrets(document: str) -> TokenSecrets:
    """Raises ``ValueError`` for a document that is not of this form."""
    fields = json.loads(document)
    current = int(fields.pop("current"))
    return TokenSecrets(current, {int(key_id): secret.encode() for key_id, secret in fields.items()})
