"""Prints what botocore sends for some calls, and where to: ``python calls_of_the_sdk.py [FOLDER]``.

With the botocore of that folder. Nothing leaves this process.
"""

import json
import sys
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = sys.argv[1:]

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import get_session

_REGIONS = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1")
_VALUE = {"M": {"b": {"N": "1"}, "c": {"L": [{"BOOL": True}, {"NULL": True}]}, "d": {"B": b"x"}, "e": {"SS": ["s"]}}}
_KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
_UPDATE: dict[str, Any] = {
    "TableName": "t",
    "Key": _KEY,
    "UpdateExpression": "SET #a = :a",
    "ConditionExpression": "attribute_exists(pk)",
    "ExpressionAttributeNames": {"#a": "a"},
    "ExpressionAttributeValues": {":a": _VALUE},
}
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dynamodb", "get_item", {"TableName": "t", "Key": _KEY, "ConsistentRead": True}),
    ("dynamodb", "put_item", {"TableName": "t", "Item": _KEY | {"a": _VALUE}}),
    ("dynamodb", "update_item", _UPDATE),
    ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [_KEY], "ConsistentRead": True}}}),
    ("dynamodb", "transact_write_items", {"TransactItems": [{"Update": _UPDATE}], "ClientRequestToken": "one"}),
    ("s3", "get_object", {"Bucket": "bucket", "Key": "a/b c"}),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "a/b c", "Body": b"x", "ContentEncoding": "gzip"}),
    ("s3", "delete_object", {"Bucket": "bucket", "Key": "a/b c"}),
    ("s3", "list_objects_v2", {"Bucket": "bucket", "Prefix": "a/", "StartAfter": "a/b"}),
    ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
    ("sqs", "send_message", {"QueueUrl": "https://sqs.example.com/1/q", "MessageBody": "m"}),
)
_ANSWERS = {"s3": b"<a/>"}


class _Raw:
    """The body of an answer, as botocore reads it off the connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self._body]


def main() -> None:
    sent: list[object] = []
    for region in _REGIONS:
        for service, method, arguments in CALLS:
            client = get_session().create_client(service, region_name=region)

            def answer(request: Any, service: str = service, **_: object) -> AWSResponse:
                body = request.body
                text = body if isinstance(body, (str, bytes)) or body is None else body.read()
                sent.append([request.method, request.url, str(text), sorted(request.headers)])
                return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(_ANSWERS.get(service, b"{}")))

            events: Any = client.meta.events
            events.register("before-send", answer)
            sent.append(sorted(getattr(client, method)(**arguments)))
    sys.stdout.write(json.dumps(sent))


if __name__ == "__main__":
    main()
