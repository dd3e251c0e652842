"""Why the local service could not start or go on."""


class LocalServiceError(Exception):
    """The message is one sentence for the user."""
