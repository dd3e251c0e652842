"""Why an object of the bucket cannot be read. The store raises these; a use case decides what follows."""


class ObjectMissing(LookupError):
    """There is no object under this key (any more)."""


class ObjectTooLarge(ValueError):
    """The object has more bytes than the caller is willing to read; ``etag`` tells which upload it was."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


class ObjectUnreadable(OSError):
    """The object is there, but S3 refuses to hand it out (denied, archived); the message is S3's code."""
