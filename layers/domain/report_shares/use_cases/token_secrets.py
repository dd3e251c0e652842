"""What the use cases ask of whoever keeps the token secrets."""

from typing import Protocol

from report_shares.rules.tokens import TokenSecrets


class TokenSecretSource(Protocol):
    """Both raise ``ServiceUnavailable`` where the secrets cannot be had."""

    def current(self) -> TokenSecrets:
        """The secrets as they were known a few minutes ago at most."""

    def searched_for(self, key_id: int, *, always: bool = False) -> TokenSecrets:
        """The same, looked up anew where this key id is not among them: it may have been added just now.

        Only so often, unless ``always``: that is for key ids which nobody can invent.
        """
