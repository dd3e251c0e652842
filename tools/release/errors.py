"""Why a release could not be made, deployed or taken away."""


class ReleaseError(Exception):
    """The message is one sentence for the user."""
