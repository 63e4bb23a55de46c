"""HTML pages: one router a noun, all listed here. They render the views that the API answers as JSON."""

from app.pages import compare, datasets, launch, plotly_js, published, report, run, runs, sweeps, system

PAGES = (
    plotly_js.router,
    launch.router,
    runs.router,
    run.router,
    sweeps.router,
    compare.router,
    report.router,
    published.router,
    datasets.router,
    system.router,
)
