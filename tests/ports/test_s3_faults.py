"""What an S3 answers when it does not do as it is asked, and what we make of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.http_sink import Sink, http_sink
from tests.support.servers import free_port
from tests.support.stores import new_bucket, with_wrong_secret
from windlass.adapters.s3_objects import S3Connection, S3Objects
from windlass.domain.errors import InputError, SystemUnavailable, WindlassError

ERROR = "<Error><Code>{}</Code><Message>as it is</Message></Error>"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as running:
        yield running


def at(url: str, **changes: object) -> S3Objects:
    connection = S3Connection(
        endpoint=url, access_key="a", secret_key="the-secret", attempts=1, read_seconds=0.3
    )
    return S3Objects(replace(connection, **changes), "windlass")  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (403, "InvalidAccessKeyId", InputError, "the access key is unknown: check the object"),
        (403, "SignatureDoesNotMatch", InputError, "the secret key is wrong: check the object"),
        (403, "AccessDenied", InputError, "access denied: check the object store's access key"),
        (400, "ExpiredToken", InputError, "the session token has expired"),
        (404, "NoSuchBucket", SystemUnavailable, "the bucket does not exist \\(yet\\): create it"),
        (500, "InternalError", SystemUnavailable, "InternalError"),
        (503, "SlowDown", SystemUnavailable, "SlowDown"),
        (400, "RequestTimeTooSkewed", SystemUnavailable, "RequestTimeTooSkewed"),
    ],
)
def test_a_refusal_says_what_to_do(
    sink: Sink, status: int, code: str, kind: type[WindlassError], words: str
) -> None:
    sink.status, sink.body = status, ERROR.format(code).encode()
    objects = at(sink.url)
    for act in (lambda: objects.get("a"), lambda: objects.put("a", b""), lambda: objects.list("")):
        with pytest.raises(kind, match=words) as caught:
            act()
        assert sink.url in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "the-secret" not in str(caught.value)
    objects.close()


def test_an_object_that_is_missing_is_none_and_no_fault(sink: Sink) -> None:
    sink.status, sink.body = 404, ERROR.format("NoSuchKey").encode()
    objects = at(sink.url)
    assert objects.get("a") is None
    objects.close()


def test_a_store_that_is_overloaded_for_a_moment_is_asked_again(sink: Sink) -> None:
    sink.first_statuses, sink.body = [503, 500], b"content"
    objects = at(sink.url, attempts=3)
    assert objects.get("a") == b"content"
    assert len(sink.received) == 3
    objects.close()


def test_a_store_that_does_not_listen_is_unavailable() -> None:
    objects = at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SystemUnavailable, match="object store: bucket windlass at http://127"):
        objects.get("a")
    objects.close()


def test_a_store_that_does_not_answer_in_time_is_unavailable(sink: Sink) -> None:
    sink.talking.clear()
    objects = at(sink.url)
    with pytest.raises(SystemUnavailable, match="timeout"):
        objects.get("a")
    objects.close()


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(InputError, match=r"address can't be used.*it looks like http://host:9000"):
        at("minio:9000")


def test_a_secret_is_not_shown() -> None:
    assert "hidden" not in repr(S3Connection(secret_key="hidden"))


@pytest.mark.real
def test_a_real_store_refuses_a_wrong_secret(minio_s3: S3Connection) -> None:
    objects = S3Objects(with_wrong_secret(minio_s3), new_bucket(minio_s3))
    with pytest.raises(InputError, match="the secret key is wrong"):
        objects.put("a", b"")
    objects.close()


@pytest.mark.real
def test_a_real_store_refuses_an_unknown_access_key(minio_s3: S3Connection) -> None:
    objects = S3Objects(replace(minio_s3, access_key="nobody"), new_bucket(minio_s3))
    with pytest.raises(InputError, match="the access key is unknown"):
        objects.get("a")
    objects.close()


@pytest.mark.real
def test_a_real_store_without_the_bucket_is_not_ready(minio_s3: S3Connection) -> None:
    objects = S3Objects(minio_s3, "never-made")
    for act in (lambda: objects.get("a"), lambda: objects.put("a", b""), lambda: objects.list("")):
        with pytest.raises(SystemUnavailable, match="the bucket does not exist"):
            act()
    objects.close()
