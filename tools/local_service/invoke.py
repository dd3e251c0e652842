"""Runs a function in a container on one event of ``events/``: ``make invoke EVENT=create_share``.

An AWS of its own is started for it and filled with the demo's brand and schedule, so nothing else has to run.
"""

import json
import os
import sys
from collections.abc import Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local_service import demo, sam_local
from local_service.environment import isolate
from local_service.errors import LocalServiceError
from local_service.ministack import MiniStack, free_port
from local_service.replay import Replay, given_in, text_of
from local_service.table import apply_document, create_table
from sharectl import keys
from sharectl.errors import SharectlError
from sharectl.stack import Stack


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Print the function's answer. Returns the exit code."""
    try:
        name, given = arguments[0] if arguments else "", given_in(environment)
        text_of(name)
        sam_local.check_engine()
        address = sam_local.host_address()
        port = free_port(address)
        sam_local.build()
        with MiniStack(port, address) as ministack:
            isolate(os.environ, ministack.endpoint_url)
            answer = Replay(_make_stack(), sam_local.SamLocal(address, port, port).invoke, given)(name)
    except (LocalServiceError, SharectlError, BotoCoreError, ClientError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps(answer, indent=2, ensure_ascii=False))  # noqa: T201
    return 0


def _make_stack() -> Stack:
    """The resources that template.yaml declares and `sam local` does not make, named as in ``events/env.json``."""
    variables = json.loads(sam_local.ENV_FILE.read_text(encoding="utf-8"))["Parameters"]
    session = boto3.Session()
    create_table(session.client("dynamodb"), variables["TABLE_NAME"])
    session.client("s3").create_bucket(Bucket=variables["BUCKET_NAME"])
    secrets = session.client("secretsmanager")
    minted = secrets.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]
    secrets.create_secret(Name=variables["TOKEN_SECRET_ID"], SecretString=json.dumps({"current": "1", "1": minted}))
    queues = session.client("sqs")
    stack = Stack(
        session=session,
        name="sam local",
        api_url="",
        api_id="",
        table=variables["TABLE_NAME"],
        bucket=variables["BUCKET_NAME"],
        run_queue_url=queues.create_queue(QueueName="runs")["QueueUrl"],
        dead_letter_queue_url=queues.create_queue(QueueName="dead-letters")["QueueUrl"],
        token_secret=variables["TOKEN_SECRET_ID"],
    )
    apply_document(stack, demo.demo().document(keys.mint()))
    return stack


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))
