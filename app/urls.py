"""Paths of pages and API in one place, each relative to the root path under which a proxy serves the app."""

from collections.abc import Iterable
from urllib.parse import quote

API = "/api/v1"
DOCS = "/api/docs"
DOCS_PAGES = "/docs"
OPENAPI = "/api/openapi.json"
LOGIN = "/login"
LOGOUT = "/logout"
TOKENS = "/tokens"
HOOKS = "/webhooks"
HEALTH = f"{API}/health"
MEASURED = f"{API}/measured"
SEARCH = f"{API}/search"


def run_page(run_id: int) -> str:
    """Page of one run."""
    return f"/runs/{run_id}"


def images_page(run_id: int) -> str:
    """Page of the images behind one run's figures."""
    return f"{run_page(run_id)}/images"


def compare_page(run_ids: Iterable[int]) -> str:
    """Page that compares these runs."""
    return f"/compare?runs={','.join(map(str, run_ids))}"


def compare_sweep_page(sweep_id: int) -> str:
    """Page that compares the runs of a sweep."""
    return f"/compare?sweep={sweep_id}"


def compare_extend(run_ids: Iterable[int]) -> str:
    """Receiver of forms that train more of the settings of these runs, which no sweep holds together."""
    return f"/compare/extend?runs={','.join(map(str, run_ids))}"


def run_api(run_id: int, below: str = "") -> str:
    """JSON twin of a run's page, or of something below it such as "epochs"."""
    return f"{API}/runs/{run_id}" + (f"/{below}" if below else "")


def sweep_page(sweep_id: int) -> str:
    """Page of one sweep."""
    return f"/sweeps/{sweep_id}"


def sweep_api(sweep_id: int, below: str = "") -> str:
    """JSON twin of a sweep's page, or of something below it such as "retry"."""
    return f"{API}/sweeps/{sweep_id}" + (f"/{below}" if below else "")


def transfer_page(job_id: int) -> str:
    """Page of one comparison of transfers."""
    return f"/transfer/{job_id}"


def transfer_api(job_id: int) -> str:
    """JSON twin of its page."""
    return f"{API}/transfers/{job_id}"


def task_transfer_page(job_id: int) -> str:
    """Page of one matrix of transfers between tasks."""
    return f"/transfer/tasks/{job_id}"


def task_transfer_api(job_id: int, below: str = "") -> str:
    """JSON twin of its page, or of something below it such as "policy"."""
    return f"{API}/task-transfers/{job_id}" + (f"/{below}" if below else "")


def dataset_page(name: str) -> str:
    """Page of one data set."""
    return f"/datasets/{quote(name, safe=':')}"


def dataset_api(name: str, below: str = "") -> str:
    """JSON twin of its page, or of something below it such as "fetch"."""
    return f"{API}/datasets/{quote(name, safe=':')}" + (f"/{below}" if below else "")


def import_page(import_id: str) -> str:
    """Page of one import."""
    return f"/datasets/imports/{import_id}"


def import_api(import_id: str, below: str = "") -> str:
    """JSON twin of its page, or of something below it such as "content"."""
    return f"{API}/datasets/imports/{import_id}" + (f"/{below}" if below else "")


def job_page(kind: str, job_id: int) -> str:
    """Page of a job, by its kind."""
    return {"transfer": transfer_page, "task_transfer": task_transfer_page}.get(kind, run_page)(job_id)


def queue_api(below: str = "") -> str:
    """JSON twin of the queue's page, or of something below it such as "7/top"."""
    return f"{API}/queue" + (f"/{below}" if below else "")


def is_api(path: str) -> bool:
    """Whether `path` answers machines: its errors are JSON, whatever the caller accepts."""
    return path == "/api" or path.startswith("/api/")


def below_root(path: str, root_path: str) -> str:
    """`path` as the routes know it, whether or not the proxy took the root path off."""
    root = root_path.rstrip("/")
    return path[len(root) :] or "/" if root and (path + "/").startswith(root + "/") else path
