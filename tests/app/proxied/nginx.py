"""A real nginx before a real web server, as the documentation says to set it up."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.documents import PAGES

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
_FRAME = """
daemon off;
{user}
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}{secure};
{location}
  }}
}}
"""


def documented(prefix: str, upstream: str) -> str:
    """The block `location` of the documentation, for this prefix and this server."""
    text = PAGES["access.md"].read_text("utf-8")
    (block,) = re.findall(r"```nginx\n(location /lab/ .*?)```", text, re.DOTALL)
    assert "http://127.0.0.1:8000" in block
    return str(block).replace("/lab", prefix).replace("http://127.0.0.1:8000", upstream)


def without_prefix(location: str) -> str:
    """The same, but the proxy takes the prefix off: an address with a path replaces it."""
    return re.sub(r"(proxy_pass [^;]+?);", r"\1/;", location)


@contextmanager
def running(folder: Path, location: str, secure: tuple[Path, Path] | None = None) -> Iterator[str]:
    """The address of an nginx with this location; its port is taken before it starts.

    secure: certificate and key, to speak HTTPS.
    """
    assert PROGRAM is not None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        tls = " ssl;\n    ssl_certificate {};\n    ssl_certificate_key {}".format(*secure) if secure else ""
        user = "user root;" if os.geteuid() == 0 else ""
        config = folder / "nginx.conf"
        said = {"folder": folder, "port": port, "location": location, "user": user, "secure": tls}
        config.write_text(_FRAME.format(**said))
        process = subprocess.Popen(
            [PROGRAM, "-p", str(folder), "-c", str(config), "-e", "stderr"],
            env={"NGINX": f"{listening.fileno()};"},  # as it hands its sockets to a newer version of itself
            pass_fds=[listening.fileno()],
            stderr=(folder / "errors").open("w"),
        )
    try:
        yield f"http{'s' if secure else ''}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
