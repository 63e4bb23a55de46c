"""The table of metrics as documentation has it."""

from trainer.metrics.table import METRICS

_UNITS = {"fraction": "fraction", "nats": "nats", "": "none"}


def metrics_table() -> str:
    """Markdown: a line a metric."""
    lines = ["| title | names | unit | better | what it is |", "|---|---|---|---|---|"]
    for name, metric in METRICS.items():
        names = ", ".join(f"`{split}_{name}`" for split in metric.splits)
        lines.append(
            f"| {metric.title} | {names} | {_UNITS[metric.unit]} | {metric.better} | {metric.about} |"
        )
    return "\n".join(lines)
