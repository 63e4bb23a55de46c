"""The client's calls about runs that were recorded elsewhere; `betaboard import` brings them."""

from app.client.calls import Calls
from app.urls import API
from app.views.imported import ImportedDetail, ImportedList, ImportedSummary


class ImportedCalls(Calls):
    """Imported runs; `Client` has these beside its calls about runs."""

    def imported_runs(self) -> tuple[ImportedSummary, ...]:
        """All of them, newest first."""
        return self._get(ImportedList, f"{API}/imported").items

    def imported_run(self, imported_id: int) -> ImportedDetail:
        """One, with every metric by step. Raises MissingError."""
        return self._get(ImportedDetail, f"{API}/imported/{imported_id}")

    def delete_imported(self, imported_id: int) -> None:
        """Forget it; what it was read from stays. Raises MissingError."""
        self._send("DELETE", f"{API}/imported/{imported_id}")
