"""Object store on S3, whoever runs it: AWS, MinIO, Ceph.

Only what every S3 understands is used: path-style addresses and no checksum trailers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from windlass.domain.content import checked_key, checked_prefix
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.ports.objects import StoredObject

PAGE_SIZE = 1000
"""Objects listed at once; no S3 gives more."""

_SYSTEM = "object store"
_KEYS = "check the object store's access key and secret key"
_REFUSED = {
    "InvalidAccessKeyId": f"the access key is unknown: {_KEYS}",
    "SignatureDoesNotMatch": f"the secret key is wrong: {_KEYS}",
    "AccessDenied": f"access denied: {_KEYS}, and that they may read and write the bucket",
    "403": f"access denied: {_KEYS}, and that they may read and write the bucket",
    "ExpiredToken": "the session token has expired: get a new one",
    "InvalidToken": "the session token is not valid: get a new one",
    "InvalidBucketName": "the bucket's name is not valid: check the object store's bucket",
    "EntityTooLarge": "the object is larger than the object store takes",
}
"""What trying again does not mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Connection:
    """How to reach an S3."""

    endpoint: str | None = None
    """URL; None means AWS."""
    access_key: str | None = None
    """None: whatever the machine is entitled to (instance role, service account)."""
    secret_key: str | None = field(default=None, repr=False)
    region: str = "us-east-1"
    connect_seconds: float = 3
    read_seconds: float = 20
    attempts: int = 3


class S3Objects:
    """One bucket; it must exist. May be shared by threads."""

    def __init__(self, connection: S3Connection, bucket: str) -> None:
        self.bucket = bucket
        self._place = f"bucket {bucket} at {connection.endpoint or 'AWS'}"
        try:
            self._client = _client(connection)
        except (ValueError, BotoCoreError) as error:
            raise InputError(
                f"the object store's address can't be used: {error}; it looks like http://host:9000"
            ) from error

    def ensure_bucket(self) -> bool:
        """Make the bucket where it is missing; whether it was."""
        with self._converted():
            try:
                self._client.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                # the answer to HEAD has no body that could say more
                if _code(error) != "404":
                    raise
                self._client.create_bucket(Bucket=self.bucket)
                return True
        return False

    def get(self, key: str) -> bytes | None:
        """Content of an object."""
        with self._converted():
            try:
                answer = self._client.get_object(Bucket=self.bucket, Key=checked_key(key))
                with answer["Body"] as body:
                    content: bytes = body.read()
            except ClientError as error:
                # believed in S3's own words only: a bare 404 may be of anything in between
                if _code(error) == "NoSuchKey":
                    return None
                raise
        return content

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object atomically, as S3 does by itself."""
        with self._converted():
            self._client.put_object(Bucket=self.bucket, Key=checked_key(key), Body=data)

    def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """Objects whose key starts with `prefix`, sorted by key."""
        with self._converted():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket,
                Prefix=checked_prefix(prefix),
                PaginationConfig={"PageSize": PAGE_SIZE},
            )
            found = [
                StoredObject(item["Key"], item["Size"])
                for page in pages
                for item in page.get("Contents", ())
            ]
        return tuple(sorted(found))

    def delete(self, key: str) -> None:
        """Delete an object; a missing one changes nothing."""
        with self._converted():
            self._client.delete_object(Bucket=self.bucket, Key=checked_key(key))

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    @contextmanager
    def _converted(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            self._refuse(error)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise InputError(f"{self._place}: no keys to sign with: {_KEYS}") from error
        except ParamValidationError as error:
            raise InputError(f"{self._place}: {_one_line(error)}") from error
        except BotoCoreError as error:
            raise SystemUnavailable(_SYSTEM, f"{self._place}: {_one_line(error)}") from error

    def _refuse(self, error: ClientError) -> NoReturn:
        code = _code(error)
        if code in _REFUSED:
            raise InputError(f"{self._place}: {_REFUSED[code]}") from error
        if code == "NoSuchBucket":
            # a fresh installation makes its bucket after its first pods have started
            advice = "the bucket does not exist (yet): create it, or mend the bucket's name"
            raise SystemUnavailable(_SYSTEM, f"{self._place}: {advice}") from error
        raise SystemUnavailable(_SYSTEM, f"{self._place}: {_one_line(error)}") from error


@cache
def _session() -> Any:
    """Return the session all clients come from: reading S3's description takes a second."""
    return boto3.session.Session()


def _client(connection: S3Connection) -> Any:
    return _session().client(
        "s3",
        endpoint_url=connection.endpoint,
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
        region_name=connection.region,
        config=Config(
            connect_timeout=connection.connect_seconds,
            read_timeout=connection.read_seconds,
            retries={"total_max_attempts": connection.attempts, "mode": "standard"},
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
