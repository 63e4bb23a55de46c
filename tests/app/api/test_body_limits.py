"""How large a body may be: plots of a report may be larger than anything else."""

import pytest
from starlette.datastructures import Headers

from app.errors import TooLargeError
from app.web.security import BODY_BYTES, BUNDLE_BYTES, check_length


@pytest.mark.parametrize("most", [BODY_BYTES, BUNDLE_BYTES])
def test_a_body_may_announce_up_to_its_limit(most: int) -> None:
    check_length(Headers({"content-length": str(most)}), most)
    with pytest.raises(TooLargeError, match=str(most + 1)):
        check_length(Headers({"content-length": str(most + 1)}), most)
