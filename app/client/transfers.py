"""The client's calls about transfers: what networks are worth on other images."""

from collections.abc import Callable, Sequence
from typing import Literal

from app.client.calls import Calls
from app.lifecycle import ENDED
from app.transfers.view import TransferList, TransferSummary, TransferView
from app.urls import API, transfer_api


class TransferCalls(Calls):
    """Comparisons of transfers; `Client` has these beside its calls about runs."""

    def launch_transfer(
        self,
        sources: Sequence[int | Literal["random"]],
        dataset: str,
        images: int = 300,
        mode: Literal["linear", "finetune"] = "linear",
        seeds: int | Sequence[int] = 5,
        name: str | None = None,
        notes: str = "",
    ) -> TransferView:
        """Queue a comparison of completed runs, and a "random" network, as starts for these images.

        images: labelled ones that are drawn for each seed; seeds: them, or how many. An equal comparison that
        is there already is used again. Raises RefusedError whose `fields` name source or data set.
        """
        asked = seeds if isinstance(seeds, int) else list(seeds)
        body = {"sources": list(sources), "dataset": dataset, "images": images, "mode": mode, "seeds": asked}
        said = {"name": name} if name else {}
        return self._post(TransferView, f"{API}/transfers", body | said | {"notes": notes})

    def transfer(self, transfer_id: int) -> TransferView:
        """One comparison, its best source first. Raises MissingError."""
        return self._get(TransferView, transfer_api(transfer_id))

    def transfers(self) -> tuple[TransferSummary, ...]:
        """All comparisons, newest first."""
        return self._get(TransferList, f"{API}/transfers").items

    def cancel_transfer(self, transfer_id: int) -> TransferView:
        """Stop it; what is measured stays. Raises ConflictedError where it has ended."""
        return self._post(TransferView, f"{transfer_api(transfer_id)}/cancel")

    def retry_transfer(self, transfer_id: int) -> TransferView:
        """Let one that failed or was canceled go on. Raises ConflictedError."""
        return self._post(TransferView, f"{transfer_api(transfer_id)}/retry")

    def wait_transfer(
        self,
        transfer_id: int,
        timeout: float | None = None,
        on_look: Callable[[TransferView], None] | None = None,
    ) -> TransferView:
        """Wait until it has ended, even if the server is away for up to a minute.

        `on_look` sees it once a second. Raises WaitedTooLongError after `timeout` seconds; it goes on.
        """

        def left(found: TransferView) -> str:
            told = f"Comparison {transfer_id} has {found.done} of {found.pieces} pieces"
            return "" if found.state in ENDED else told

        return self._wait(lambda: self.transfer(transfer_id), left, timeout, on_look)
