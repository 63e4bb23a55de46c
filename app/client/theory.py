"""The client's calls about the theory lab."""

from collections.abc import Mapping
from typing import Any, TypeVar

from app.client.calls import Calls
from app.urls import API
from app.views.base import View

ViewT = TypeVar("ViewT", bound=View)


class TheoryCalls(Calls):
    """Calculators that the server works out; `Client` has these beside its calls about runs."""

    def theory(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The calculator's answer to a request, as JSON values. Raises RefusedError naming fields."""
        answer: dict[str, Any] = self._send("POST", f"{API}/theory/{name}", json=request).json()
        return answer

    def theory_typed(self, name: str, view: type[ViewT], typed: Mapping[str, str]) -> ViewT:
        """The calculator's view of what its page would have in the address. Raises RefusedError."""
        return self._get(view, f"{API}/theory/{name}", **typed)
