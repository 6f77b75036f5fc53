"""Which answers of an object store mean that there is no such object."""

from contextlib import closing

import pytest
from botocore.stub import Stubber

from windlass.adapters.s3_objects import S3Connection, S3Objects
from windlass.domain.errors import SystemUnavailable

CONNECTION = S3Connection(endpoint="http://127.0.0.1:9", access_key="a", secret_key="b")


def test_an_object_is_missing_in_the_words_of_s3() -> None:
    with closing(S3Objects(CONNECTION, "windlass")) as objects, Stubber(objects._client) as s3:
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert objects.get("evaluations/a.json") is None


@pytest.mark.parametrize("code", ["404", "NotFound", "NoSuchBucket"])
def test_any_other_404_leaves_us_knowing_nothing(code: str) -> None:
    with closing(S3Objects(CONNECTION, "windlass")) as objects, Stubber(objects._client) as s3:
        s3.add_client_error("get_object", code, http_status_code=404)
        with pytest.raises(SystemUnavailable, match="bucket windlass"):
            objects.get("evaluations/a.json")
