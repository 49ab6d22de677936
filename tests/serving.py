"""Servers that tests start: a JupyterLab, and when and where it is ready; a folder as plain web pages."""

import contextlib
import functools
import http.server
import re
import socket
import threading
import time


def address_of(process, log):
    """The address that a JupyterLab has printed into its log, as soon as it listens there: (base, token, all of it)."""
    for _ in range(240):
        printed = re.search(r"(http://localhost:(\d+))/\S*token=(\w+)", log.read_text(errors="replace"))
        if printed and _is_listening(int(printed[2])):  # it prints the address a moment before
            return printed[1], printed[3], printed[0]
        if process.poll() is not None:
            break
        time.sleep(0.25)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")


def free_port():
    """A port that nobody uses: two servers that look for one at the same time may find the same."""
    with socket.socket() as end:
        end.bind(("localhost", 0))
        return end.getsockname()[1]


def _is_listening(port):
    with socket.socket() as end:
        return end.connect_ex(("localhost", port)) == 0


@contextlib.contextmanager
def web_pages(folder):
    """The address of a plain static server over the folder."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass
