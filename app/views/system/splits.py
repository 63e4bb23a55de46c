"""Says which split of the cores into slots a worker uses, and why."""

from app.formats import counted, size
from app.runs.split import MEASURED, MEASURED_ON, SLOT_BYTES


def words(split: str | None, slots: int, threads: int) -> str | None:
    """One sentence with the figures of the measurement; None where nobody told what decided."""
    if split is None:
        return None
    each = " each" if slots > 1 else ""
    chosen = f"{counted(slots, 'slot')} of {counted(threads, 'thread')}{each}"
    if split == "asked":
        return f"{chosen}, as --workers says; {_measurement()}, and --workers auto follows that."
    reasons = {
        "cores": _measurement(),
        "memory": f"the memory holds no more, at {size(SLOT_BYTES)} for a slot; {_measurement()}",
        "gpu": "runs side by side on one GPU are not measured",
    }
    return f"{chosen}, by --workers auto: {reasons[split]}."


def _measurement() -> str:
    ratios = ", ".join(f"{ratio:.2f} ({network})" for network, ratio in MEASURED.items())
    return (
        f"on {MEASURED_ON} a sweep in one-thread slots took {ratios} of the time of the same runs one by one "
        "with all threads"
    )
