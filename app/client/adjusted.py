"""The client's call about a run's adjusted logits."""

from app.client.calls import Calls
from app.urls import run_api
from app.views.adjusted.view import Adjusted
from trainer.run_dir import EpochName


class AdjustCalls(Calls):
    """A run read again with its kept logits adjusted; `Client` has this beside its calls about runs."""

    def adjusted(
        self,
        run_id: int,
        tau: float | str | None = None,
        norm: float | str | None = None,
        temperature: float | str | None = None,
        prior: str = "",
        epoch: EpochName = "last",
    ) -> Adjusted:
        """Figures on test before and after, without training.

        Each number may be "validation" or "test", which chooses it there. prior: "uniform", "train", "test",
        "forward_50" ..., or numbers by class such as "3,1,1". Raises RefusedError, which names what is wrong,
        and MissingError, which says why no logits were kept.
        """
        given = {"tau": tau, "norm": norm, "temperature": temperature}
        asked = {name: value for name, value in given.items() if value is not None}
        return self._get(Adjusted, run_api(run_id, "adjusted"), **asked, prior=prior, epoch=epoch)
