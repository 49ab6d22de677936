"""The commands on a bare Python: environment, lab, test and doctor, with real environments, servers and pytest runs."""

import ast
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import serving

from course_lib.commands import checks, chromium, doctor, environment, lab, test, widget_state

ROOT = environment.ROOT
BARE_PYTHON = sys._base_executable
NO_NETWORK = {  # pip looks for its index where nobody answers
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "0",
}
posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals and permissions")


def bare_python(root, *arguments, **variables):
    """Run a bare Python in a copy of the course; returns what came of it."""
    return subprocess.run(
        [BARE_PYTHON, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def prepare(root, for_tests=False, **variables):
    code = f"from course_lib.commands import environment as e\nprint('ready:', e.prepare(for_tests={for_tests}))"
    return bare_python(root, "-c", code, **variables)


def python_in(root):
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A course without requirements in a folder with a space and an accent, its environment made by prepare()."""
    root = tmp_path_factory.mktemp("environment") / "the cöurse"
    shutil.copytree(ROOT / "course_lib" / "commands", root / "course_lib" / "commands")
    shutil.copy(ROOT / "course_lib" / "__init__.py", root / "course_lib")
    shutil.copy(ROOT / "course_lib" / "__main__.py", root / "course_lib")
    (root / "requirements.txt").write_text("# nothing\n")
    (root / "pyproject.toml").write_text("")
    result = prepare(root)
    assert "Making a virtual environment in" in result.stdout
    assert "Installing the course's packages. This takes about a minute" in result.stdout
    assert f"ready: {root / '.venv'}" in result.stdout
    return root


@pytest.fixture
def course(prepared, tmp_path):
    """A copy of it for a test to change, installed at its new place."""
    root = shutil.copytree(prepared, tmp_path / "mon cours d'été", symlinks=True)
    result = prepare(root)
    assert "Installing" in result.stdout  # the place has changed
    assert "Making" not in result.stdout
    return root


def test_the_commands_start_on_a_bare_python():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import course_lib.__main__\n"
        "print({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    result = subprocess.run([BARE_PYTHON, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(result.stdout) <= {"__main__", "course_lib"}


@pytest.mark.parametrize("path", ["__init__.py", "__main__.py", "commands/*.py"])
def test_an_old_python_can_read_the_commands(path):
    files = list((ROOT / "course_lib").glob(path))
    assert files
    for file in files:
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_an_old_python_is_told_which_one_is_needed():
    assert checks.python_version((3, 11, 0)) == ""
    assert checks.python_version((3, 8, 18)).startswith(
        "The course needs Python 3.11 or newer; this is Python 3.8.\n  What to do: Install a newer Python from"
    )


def test_the_second_time_nothing_is_installed(course):
    result = prepare(course)
    assert result.stdout.splitlines() == [f"ready: {python_in(course)}"]


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_changed_requirements_are_installed(course, name):
    (course / name).write_text("# something else\n")
    assert "Installing the course's packages." in prepare(course).stdout
    assert "Installing" not in prepare(course).stdout


@pytest.mark.parametrize("lost", ["python", "pip"])
def test_a_broken_environment_is_made_again(course, lost):
    if lost == "python":
        python_in(course).unlink()
    else:
        shutil.rmtree(next((course / ".venv").rglob("site-packages/pip")))
    result = prepare(course)
    assert "Making a virtual environment in" in result.stdout
    assert "Installing" in result.stdout
    assert python_in(course).exists()


def test_without_network_lab_test_and_doctor_say_the_same(course):
    (course / "requirements.txt").write_text("nbval\n")
    (course / "tests").mkdir(exist_ok=True)  # a handout has none, and no command to run them
    words = (
        "The course's packages cannot be downloaded: no network, or the package index does not answer.\n  What to do"
    )
    for arguments in (["lab", "--no-browser"], ["test"], ["doctor"]):
        result = bare_python(course, "-m", "course_lib", *arguments, **NO_NETWORK)
        assert result.returncode == 1
        assert words in result.stdout
        assert "Traceback" not in result.stdout
    assert "Packages: They are not installed yet." in result.stdout
    assert result.stdout.splitlines()[-1].endswith(" missing.")
    assert not (course / ".venv" / "installed-course.txt").exists()


def test_the_tests_run_without_what_only_they_need(course):
    result = prepare(course, for_tests=True, **NO_NETWORK)
    assert "those that need the missing packages will be skipped." in result.stdout
    assert result.stdout.splitlines()[-1] == f"ready: {python_in(course)}"


@pytest.fixture
def unwritable(tmp_path):
    """A folder that nobody may write to, not even the superuser that runs the tests in a container."""
    tmp_path.chmod(0o555)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)
    yield tmp_path
    if superuser:
        os.seteuid(0)
    tmp_path.chmod(0o755)


@posix_only
def test_an_unwritable_folder_is_named(unwritable):
    words = checks.folder(unwritable)
    assert words.startswith(f"The course's folder cannot be written to: {unwritable} (Permission denied).")
    assert "What to do: Move or clone the course to a folder of your own" in words
    with pytest.raises(environment.NotReady) as stopped:
        environment.prepare(unwritable)
    assert str(stopped.value) == words


def test_a_writable_folder_is_left_as_it_was(tmp_path):
    assert checks.folder(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_python_without_ensurepip_is_told_the_debian_package(monkeypatch):
    find_spec = checks.importlib.util.find_spec
    without = {"ensurepip": None}
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: without.get(name, find_spec(name)))
    words = checks.virtual_environment()
    assert "its module ensurepip is not installed" in words
    assert "sudo apt install python3-venv" in words


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS and Windows always have a browser")
def test_a_computer_without_a_browser_is_told_how_to_go_on(tmp_path):
    code = "from course_lib.commands import checks; print(checks.browser())"
    result = bare_python(ROOT, "-c", code, PATH=str(tmp_path), DISPLAY="", WAYLAND_DISPLAY="", BROWSER="")
    assert result.stdout.startswith("No web browser was found that could be opened from here.\n  What to do: Install")
    assert "lab --no-browser" in result.stdout


def test_chromium_is_the_one_that_is_named(monkeypatch):
    monkeypatch.setenv("COURSE_CHROMIUM", sys.executable)
    assert chromium.find_chromium() == sys.executable
    assert checks.chromium() == ""
    monkeypatch.setenv("COURSE_CHROMIUM", "no-such-program")
    assert chromium.find_chromium() is None
    assert checks.chromium().startswith("COURSE_CHROMIUM names no program: no-such-program\n  What to do: Without one")


def test_an_environment_that_cannot_import_the_course_is_told_the_reason(prepared):
    (prepared / "notebooks").mkdir(exist_ok=True)
    words = checks.kernel(python_in(prepared), prepared)
    assert "cannot import what the course needs (ModuleNotFoundError: No module named 'ipykernel')." in words
    assert f'"{python_in(prepared)}" -m pip install --force-reinstall -r requirements.txt' in words


def test_the_notebook_check_says_that_all_is_here(capsys):
    doctor.check_notebook()
    assert capsys.readouterr().out.splitlines() == [
        "Python: ok",
        "NumPy: ok",
        "Matplotlib: ok",
        "Pillow: ok",
        "ipywidgets: ok",
        "anywidget: ok",
        "threadpoolctl: ok",
        "tqdm: ok",
        "PyYAML: ok",
        "Pictures: ok",
        "Everything the course needs is here.",
    ]


def test_the_notebook_check_names_what_is_missing(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("course_lib.data.DATA_FOLDER", tmp_path / "data")
    doctor.check_notebook()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "Pictures: data/images/astronaut.png is missing; get it back with: git checkout -- data/images/astronaut.png",
        "1 thing is missing.",
    ]
    monkeypatch.setitem(sys.modules, "anywidget", None)
    doctor.check_notebook()
    lines = capsys.readouterr().out.splitlines()
    assert lines[5].startswith("anywidget: anywidget cannot be imported (")
    assert lines[-1] == "1 thing is missing."


@posix_only
def test_what_a_command_started_ends_with_it():
    child = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    code = f"import sys; from course_lib.commands import environment as e; e.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([BARE_PYTHON, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as process:
        pid = int(process.stdout.readline())
        process.terminate()
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.fixture(scope="module")
def taken_port():
    """A port on which somebody else listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory, taken_port):
    """A real server over a small course: (its process, its log, serving.address_of them)."""
    folder = tmp_path_factory.mktemp("lab") / "the cöurse"
    (folder / "notebooks").mkdir(parents=True)
    cells = [nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="1")])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / lab.FIRST_LESSON)
    starting = lab.server_command(sys.executable, folder, taken_port, open_browser=False)
    with a_server(starting, folder) as started:
        yield started


@contextlib.contextmanager
def a_server(starting, folder, **more):
    """A real server in `folder`, with a home of its own above it: (its process, its log, serving.address_of them)."""
    log = folder.parent / "log.txt"
    variables = {**os.environ, "HOME": str(folder.parent), "USERPROFILE": str(folder.parent), **more}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_TOKEN"):
        variables.pop(name, None)
    with log.open("w") as output:
        process = subprocess.Popen(starting, cwd=folder, env=variables, stdout=output, stderr=output)
    try:
        yield process, log, serving.address_of(process, log)
    finally:
        process.kill()
        process.wait()


def ask(address, path, token=True, **request):
    """What the server answers to a program that asks for this path: (status, address in the end, text)."""
    base, secret, _ = address
    headers = {"Authorization": f"token {secret}"} if token else {}
    request = urllib.request.Request(base + path, headers=headers, **request)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return answer.status, answer.url.removeprefix(base), answer.read().decode()


def test_a_taken_port_moves_on_to_another(server, taken_port):
    port = int(server[2][0].rpartition(":")[2])
    assert taken_port < port <= taken_port + lab.PORTS_TO_TRY


def test_the_printed_address_leads_to_the_first_lesson(server):
    assert f"/lab/tree/{lab.FIRST_LESSON}?token=" in server[2][2]
    assert ask(server[2], "/")[1] == f"/lab/tree/{lab.FIRST_LESSON}"


def test_the_server_keeps_its_token(server):
    assert ask(server[2], "/api/contents")[0] == 200
    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask(server[2], "/api/contents", token=False)
    assert ask(server[2], "/lab", token=False)[1].startswith("/login")


def test_jupyterlab_asks_nothing_about_news_and_looks_for_no_updates(server):
    answer = ask(server[2], "/lab/api/settings/@jupyterlab/apputils-extension:notification")[2]
    properties = json.loads(answer)["schema"]["properties"]
    assert properties["fetchNews"]["default"] == "false"
    assert properties["checkForUpdates"]["default"] is False


def test_lessons_are_trusted(server):
    content = json.loads(ask(server[2], f"/api/contents/{lab.FIRST_LESSON}")[2])["content"]
    assert content["cells"][0]["metadata"]["trusted"] is True


@posix_only
def test_ctrl_c_ends_the_server_without_a_traceback(server):
    process, log, _ = server
    before = len(log.read_text(errors="replace"))
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=60)
    ending = log.read_text(errors="replace")[before:]
    assert code == 0, ending
    assert "received signal 15" in ending  # a request to terminate, which unlike a KeyboardInterrupt is always heard
    assert "Traceback" not in ending


@posix_only
def test_a_server_that_somebody_else_starts_treats_the_lessons_alike(tmp_path):
    (tmp_path / "python3").write_text(f"#!/bin/sh\necho '{tmp_path}'\n")  # answers where this Python keeps its files
    (tmp_path / "python3").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    def install():
        return subprocess.run(
            [ROOT / ".binder" / "postBuild"], env={**os.environ, "PATH": path}, capture_output=True, encoding="utf-8"
        )

    assert [install().returncode for _ in range(2)] == [0, 0]
    (tmp_path / "home").mkdir()
    shutil.copy(ROOT / "notebooks" / "10_pooling.ipynb", tmp_path / "home")
    with a_server(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={serving.free_port()}"],
        tmp_path / "home", JUPYTER_CONFIG_PATH=str(tmp_path / "etc" / "jupyter"),
    ) as (_, _, address):  # fmt: skip
        model = json.loads(ask(address, "/api/contents/10_pooling.ipynb")[2])
        code = [cell for cell in model["content"]["cells"] if cell["cell_type"] == "code"]
        assert all(cell["metadata"]["trusted"] for cell in code)
        stored = widget_state.states(model["content"])
        model["content"]["metadata"].pop("widgets")  # as JupyterLab does with explorers that it did not run
        ask(address, "/api/contents/10_pooling.ipynb", method="PUT", data=json.dumps(model).encode())
        kept = widget_state.states(json.loads((tmp_path / "home" / "10_pooling.ipynb").read_text(encoding="utf-8")))
        assert kept == stored != {}
        answer = json.loads(ask(address, "/lab/api/settings/@jupyter-widgets/jupyterlab-manager:plugin")[2])
        assert answer["schema"]["properties"]["saveState"]["default"] is True
        assert ".jp-OutputPlaceholder" in ask(address, "/custom/custom.css")[2]
    own = tmp_path / "etc" / "jupyter" / "jupyter_server_config.py"
    own.write_text("c.ServerApp.port = 9999\n")
    refused = install()
    assert (refused.returncode, own.read_text()) == (1, "c.ServerApp.port = 9999\n")
    assert "is there already" in refused.stderr


@posix_only
@pytest.mark.skipif(not environment.is_installed(ROOT, "course"), reason="this environment was set up by hand")
def test_the_lab_command_starts_the_server_and_ends_with_ctrl_c(tmp_path):
    log = tmp_path / "log.txt"
    starting = [sys.executable, "-m", "course_lib", "lab", "--no-browser"]
    variables = {**os.environ, "HOME": str(tmp_path)}
    with log.open("w") as output:
        process = subprocess.Popen(
            starting, cwd=ROOT, env=variables, stdout=output, stderr=output, start_new_session=True
        )
    try:
        assert ask(serving.address_of(process, log), "/api/status")[0] == 200
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.wait(timeout=60) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert "Traceback" not in log.read_text(errors="replace")


TESTS = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError

def test_right(): pass
def test_wrong(): assert 1 == 2
def test_error(broken): pass
@pytest.mark.skip(reason="no <reason>")
def test_skipped_a(): pass
@pytest.mark.skip(reason="no <reason>")
def test_skipped_b(): pass
"""


def run_pytest(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return test.run_part(sys.executable, folder, "small tests", ["-p", "no:cacheprovider", "-p", "no:nbval", "."])


def test_a_report_counts_what_passed_failed_and_was_skipped(tmp_path):
    missing = "import pytest\npytest.importorskip('no_such_module', reason='it\\'s missing')"
    result = run_pytest(tmp_path, test_some=TESTS, test_whole_file=missing)
    assert result == {
        "passed": 1,
        "failed": ["test_some test_wrong", "test_some test_error"],
        "skipped": Counter({"no <reason>": 2, "Skipped: it's missing": 1}),
    }
    assert test.summary({"small tests": result, "others": result}).splitlines() == [
        "",
        "=== summary ===",
        "failed in small tests: test_some test_wrong",
        "failed in small tests: test_some test_error",
        "skipped in small tests: 1 x Skipped: it's missing",
        "skipped in small tests: 2 x no <reason>",
        "failed in others: test_some test_wrong",
        "failed in others: test_some test_error",
        "skipped in others: 1 x Skipped: it's missing",
        "skipped in others: 2 x no <reason>",
        "small tests    1 passed, 2 failed, 3 skipped",
        "others         1 passed, 2 failed, 3 skipped",
        "2 passed, 4 failed, 6 skipped",
    ]


def test_a_file_that_is_skipped_as_a_whole_is_no_failure(tmp_path):
    result = run_pytest(tmp_path, test_whole_file="import pytest\npytest.skip('not here', allow_module_level=True)")
    assert result == {"passed": 0, "failed": [], "skipped": Counter({"Skipped: not here": 1})}


@pytest.mark.parametrize(
    ("files", "failure"),
    [
        ({}, "no test was found"),
        ({"test_crash": "import os\ndef test_crash(): os._exit(7)"}, "pytest stopped with exit code 7"),
        ({"test_import": "import no_such_module"}, "test_import"),
    ],
)
def test_a_part_that_ran_no_test_counts_as_a_failure(tmp_path, files, failure):
    assert run_pytest(tmp_path, **files) == {"passed": 0, "failed": [failure], "skipped": Counter()}


def test_every_test_of_the_course_belongs_to_one_part():
    parts = [part[: part.index(test.ON_ALL_CORES[0])] for part in test.PARTS.values()]
    assert parts == [["tests", "course_lib", "--ignore=tests/browser"], ["--nbval", "notebooks"], ["tests/browser"]]
    assert all(Path(ROOT, name).is_dir() for name in ("tests/browser", "notebooks"))


@pytest.mark.parametrize("port", ["0", "99999", "abc", "-1", "8888.5"])
def test_a_port_that_cannot_be_is_refused(port):
    result = bare_python(ROOT, "-m", "course_lib", "lab", f"--port={port}")
    assert result.returncode == 2
    assert f"a port is a whole number from 1 to 65535, not {port}" in result.stdout


def test_a_reader_that_has_seen_enough_of_the_ledger_ends_it_quietly():
    ledger = subprocess.Popen(
        [sys.executable, "-m", "course_lib.commands.ledger"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    ledger.stdout.close()
    assert ledger.stderr.read() == b""
    assert ledger.wait(timeout=60) == 0


def test_a_handout_offers_no_tests(tmp_path):
    shutil.copytree(ROOT / "course_lib", tmp_path / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    for command in ("test", "handout", "grade"):
        result = bare_python(tmp_path, "-m", "course_lib", command)
        assert f"invalid choice: '{command}'" in result.stdout
