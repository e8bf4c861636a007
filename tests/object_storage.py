"""An S3 server on this machine: real requests of a real client, answered from memory."""

import itertools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from moto.server import ThreadedMotoServer
from pyarrow.fs import FileSystem

_NUMBERS = itertools.count(1)
_LOGIN = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}


class ObjectStorage:
    """A bucket; `endpoint` answers requests."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        filesystem, bucket = FileSystem.from_uri(self.uri("bucket"))
        filesystem.create_dir(bucket)

    def uri(self, path: str) -> str:
        """The address of a bucket with a prefix, as `KANMON_LAKE` takes it."""
        return f"s3://{path}?endpoint_override={self.endpoint}&scheme=http&region=us-east-1&allow_bucket_creation=true&allow_delayed_open=true"

    def fresh(self) -> str:
        """The address of a prefix under which nothing lies."""
        return self.uri(f"bucket/{next(_NUMBERS)}/a%20lake's")


@contextmanager
def object_storage() -> Iterator[ObjectStorage]:
    """A server for as long as the block lasts, and this process let in."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with patch.dict(os.environ, _LOGIN):
            yield ObjectStorage(f"{host}:{port}")
    finally:
        server.stop()
