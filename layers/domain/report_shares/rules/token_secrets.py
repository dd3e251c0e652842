"""The token secrets as one document, and how one takes the place of another: added, used, dropped.

``{"current": "1", "1": "<secret>", "2": ...}`` is the document. ``"last"`` stands beside ``current`` where the highest
number ever given is no longer among the secrets: a number that was given twice would bring the dead links of its first
secret back to life, with other tokens.
"""

import json
from dataclasses import dataclass, replace

from report_shares.rules.tokens import MAX_KEY_ID, TokenSecrets

_CURRENT, _LAST = "current", "last"


class SecretsUnchanged(Exception):
    """What was asked of the secrets is refused; the message says why and holds no secret."""


class UnknownSecret(SecretsUnchanged):
    """There is no secret of this number."""


class SecretInUse(SecretsUnchanged):
    """The secret that new links are derived with cannot be dropped."""


class NoNumberLeft(SecretsUnchanged):
    """All numbers that fit into a token have been given."""


@dataclass(frozen=True, slots=True)
class SecretDocument:
    """The secrets, and the highest number that was ever given to one."""

    secrets: TokenSecrets
    last: int

    def added(self, secret: str) -> "SecretDocument":
        """With one more secret, under the number ``last`` of the result. Raises ``NoNumberLeft``."""
        if self.last >= MAX_KEY_ID:
            raise NoNumberLeft(f"every number up to {MAX_KEY_ID} has been given")
        number = self.last + 1
        by_key_id = {**self.secrets.by_key_id, number: secret.encode()}
        return SecretDocument(replace(self.secrets, by_key_id=by_key_id), number)

    def used(self, number: int) -> "SecretDocument":
        """With this one for new links. Raises ``UnknownSecret``."""
        self._check_present(number)
        return replace(self, secrets=replace(self.secrets, current=number))

    def dropped(self, number: int) -> "SecretDocument":
        """Without this one, whose number is not given again. Raises ``UnknownSecret`` and ``SecretInUse``."""
        self._check_present(number)
        if number == self.secrets.current:
            raise SecretInUse(f"secret {number} is in use")
        kept = {key_id: secret for key_id, secret in self.secrets.by_key_id.items() if key_id != number}
        return replace(self, secrets=replace(self.secrets, by_key_id=kept))

    def text(self) -> str:
        """The document as it is stored. ``last`` is left out where it says nothing: earlier versions do not know it."""
        by_number = {str(key_id): secret.decode() for key_id, secret in self.secrets.by_key_id.items()}
        last = {} if self.last in self.secrets.by_key_id else {_LAST: str(self.last)}
        return json.dumps({_CURRENT: str(self.secrets.current)} | last | by_number)

    def _check_present(self, number: int) -> None:
        if number not in self.secrets.by_key_id:
            present = ", ".join(map(str, sorted(self.secrets.by_key_id)))
            raise UnknownSecret(f"there is no secret {number}; there are {present}")


def parse_secrets(text: str) -> SecretDocument:
    """Raises ``ValueError`` for a document that is not of this form, without showing it."""
    try:
        fields = json.loads(text)
        current, last = int(fields.pop(_CURRENT)), int(fields.pop(_LAST, 0))
        by_key_id = {int(number): secret.encode() for number, secret in fields.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("the token secrets are no JSON object of key ids and secrets with a current one") from None
    return SecretDocument(TokenSecrets(current, by_key_id), max(last, *by_key_id))
