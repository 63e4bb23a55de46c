"""The theory lab: calculators of what the losses and layers of a run do, each a package of its own.

A calculator's package holds its formulas (`formula/`: numpy and fractions alone), its request and answer
(`calculator`, `views`), its page and its figures; `base` holds what several share, `registry` lists them.
Pages, endpoints and commands are made of that list. Nothing but the app's front door imports the lab.
"""

from app.urls import API
from app.web.lazy import LazyRouter

ROUTERS = (LazyRouter(f"{API}/theory", "app.lab.api"),)
PAGES = (LazyRouter("/theory", "app.lab.site"),)
