"""What the contract suite asks for with GET: pages, JSON, figures and files, with a few telling queries."""

THEORY = ("class-balance", "conv-matrix", "focal", "layers", "relu-network")
TWO_INPUTS = "weights=1%200;0%201|1%20-1&biases=0%200|0&points=1%202"
CLOSE = "pairing=paired&multiplicity=none&margin=2&baseline=CB-Focal%200.9"

PAGES = (
    "/",
    "/runs",
    "/runs?q=nothing",
    "/runs?q=again&sort=-test_accuracy",
    "/runs?state=failed&state=canceled",
    "/runs?tag=stopped&sort=name",
    "/runs?archived=true",
    "/runs?sweep=1&sort=-test_accuracy",
    "/runs?open=1",
    "/runs/bulk",
    "/runs/new",
    "/runs/new?preset=write_up",
    "/runs/new?clone=2&vary=loss.beta",
    "/runs/new?loss.name=focal&loss.gamma=0.5,%201&seed=0..2",
    *(f"/runs/{run}" for run in (2, 7, 8, 9, 10, 11, 12)),
    "/runs/2?order=dataset",
    "/runs/2/tables/confusion",
    "/runs/2/tables/class-curves?order=dataset",
    "/sweeps",
    "/sweeps/1",
    "/sweeps/1?added=2",
    "/sweeps/1/extend",
    "/compare",
    "/compare?choose=1",
    "/compare?sweep=1",
    "/compare?sweep=1&epoch=best&mode=difference",
    f"/compare?sweep=1&order=dataset&columns=accuracy,delta,classes,few_shot&sort=-accuracy&{CLOSE}",
    "/compare?sweep=1&marks=mean&published=own-1&metric=tail&x=time&scale=log&smooth=0.5",
    "/compare?sweep=1&tuned=optim.learning_rate",
    "/compare?runs=1,4&a=CE&b=CE",
    "/compare?runs=1,7,8,9,12",
    "/compare/report.html?sweep=1",
    "/compare/report.html?runs=1,2,9&epoch=best",
    "/published",
    "/published/use?published=own-1&compare=sweep%3D1",
    "/datasets",
    "/transfer",
    "/transfer/new?dataset=shapes10",
    "/system",
    "/login?next=/sweeps",
    "/api/docs",
    "/theory",
    *(f"/theory/{name}" for name in THEORY),
    "/theory/class-balance?run=2",
    "/theory/class-balance?counts=50%2030%205&betas=0.9,N=100&answer=1,1,1",
    "/theory/conv-matrix?height=1&width=2&stride=1&padding=1&answer=w11+w12;w10+0",
    "/theory/conv-matrix?height=2&width=2&kernel_height=2&kernel_width=2&padding=0&transposed=true&kernel=1%202%0A3%204",
    "/theory/focal?gamma=1&answer=1,0.35,2.07",
    "/theory/layers?run=2",
    "/theory/layers?input=3,33,33&model=convnet4&classes=7",
    "/theory/relu-network?points=0,2&answer_w=6&answer_b=1",
    f"/theory/relu-network?{TWO_INPUTS}",
    "/theory/dead-relu",
    "/theory/dead-relu?sweep=1",
    "/theory/dead-relu?runs=7,9,12",
)

OF_A_RUN = ("epochs", "classes", "classes?epoch=1", "confusion", "confusion?epoch=1", "scalars",
            "scalars?key=dead_units/relu5", "logs", "logs?after=200", "checkpoints",
            "predictions")  # fmt: skip
JSON = (
    "/api/v1/health",
    "/api/v1/meta",
    "/api/v1/workers",
    "/api/v1/system",
    "/api/v1/datasets",
    "/api/v1/runs",
    "/api/v1/runs?limit=2&sort=-test_accuracy&folded=true",
    "/api/v1/runs?state=failed&state=queued&q=o&archived=false",
    "/api/v1/runs?archived=true",
    "/api/v1/runs?sweep=1&dataset=shapes10&limit=1",
    *(f"/api/v1/runs/{run}" for run in (2, 7, 8, 9, 10, 11, 12)),
    *(f"/api/v1/runs/2/{part}" for part in OF_A_RUN),
    *(f"/api/v1/runs/9/{part}" for part in ("epochs", "classes", "events", "events?after=3&limit=2", "logs")),
    *(f"/api/v1/runs/{run}/{part}" for run in (8, 12) for part in ("epochs", "classes", "events")),
    *(f"/api/v1/runs/{run}/checkpoints" for run in (8, 12)),
    "/api/v1/runs/2/predictions?split=validation&epoch=best",
    "/api/v1/measured?runs=1,7,12",
    "/api/v1/sweeps",
    "/api/v1/sweeps?limit=1",
    "/api/v1/sweeps/1",
    "/api/v1/compare?sweep=1",
    "/api/v1/compare?runs=1,4,9&epoch=best&published=own-1",
    f"/api/v1/compare?sweep=1&{CLOSE}",
    "/api/v1/compare?runs=1,7,8,9,12",
    "/api/v1/figures",
    "/api/v1/published",
    "/api/v1/published/reproductions",
    "/api/v1/theory",
    *(f"/api/v1/theory/{name}" for name in THEORY),
    "/api/v1/theory/class-balance?run=2&betas=0.9,0.99",
    "/api/v1/theory/dead-relu",
    "/api/v1/theory/dead-relu?sweep=1",
)  # fmt: skip

RUN_FIGURES = ("accuracy", "loss", "class-recall", "class-curves", "confusion", "dead-relu")
RUNS_FIGURES = (
    "compare-beta", "compare-settings", "compare-heat", "compare-heat-delta", "compare-recall",
    "compare-recall-count", "compare-tradeoff", "compare-curves", "compare-confusion",
)  # fmt: skip
THEORY_FIGURES = (
    ("class-balance", "weight-ruler"), ("class-balance", "loss-shares"), ("focal", "focal-loss"),
    ("focal", "focal-gradient"), ("relu-network", "function"), ("relu-network", "units"),
    ("relu-network", f"regions?{TWO_INPUTS}"),
)  # fmt: skip

FIGURES = (
    *(f"/api/v1/figures/{name}?run=2" for name in RUN_FIGURES),
    *(f"/api/v1/figures/{name}?run=9&order=dataset&theme=dark" for name in RUN_FIGURES),
    "/api/v1/figures/accuracy?run=12",
    *(f"/api/v1/figures/{name}?sweep=1" for name in RUNS_FIGURES),
    *(
        f"/api/v1/figures/{name}?sweep=1&epoch=best&order=dataset&metric=tail&theme=dark"
        for name in RUNS_FIGURES
    ),
    "/api/v1/figures/compare-curves?runs=1,2,7&x=time&scale=log&smooth=0.6",
    "/api/v1/figures/compare-confusion?sweep=1&a=CB-Focal%200.9&b=CE",
    "/api/v1/figures/compare-settings?sweep=1&published=own-1",
    *(f"/api/v1/theory/{calculator}/figures/{name}" for calculator, name in THEORY_FIGURES),
    "/api/v1/theory/dead-relu/figures/rate?sweep=1",
)

FILES = (
    *(f"/api/v1/figures/{name}/table.csv?run=2" for name in RUN_FIGURES),
    *(f"/api/v1/figures/{name}/table.csv?sweep=1" for name in RUNS_FIGURES),
    *(f"/api/v1/theory/{calculator}/figures/{name}/table.csv" for calculator, name in THEORY_FIGURES[:-1]),
    "/api/v1/theory/dead-relu/figures/rate/table.csv?sweep=1",
    *(f"/api/v1/compare?sweep=1&format={form}" for form in ("csv", "markdown", "latex")),
    *(f"/api/v1/compare?sweep=1&format={form}&mode=difference&columns=accuracy,delta,classes&{CLOSE}"
      for form in ("csv", "markdown", "latex")),
    "/api/v1/compare?runs=1,2,9&format=markdown&marks=mean&epoch=best&published=own-1",
    "/api/v1/runs/2/checkpoints/last.pt",
    "/api/v1/runs/2/predictions.npz",
    "/api/v1/runs/2/predictions.npz?split=validation&epoch=best",
    "/api/v1/runs/2/stream",
    "/api/v1/runs/9/stream?after=20",
)  # fmt: skip
