"""The bench command: rows, table and JSON of a small comparison. Times themselves are nobody's test."""

import json

import pytest

from course_lib import benchmarks
from course_lib.benchmarks import Case, cases
from course_lib.commands import bench


def test_a_row_for_each_competitor_with_ratios_of_best_and_median(monkeypatch):
    seconds = {"ours": [3.0, 1.0, 2.0], "A": [2.0, 4.0, 4.0], "B": [8.0, 8.0, 1.0]}
    arrays = {name: benchmarks.np.array(values) for name, values in seconds.items()}
    monkeypatch.setattr(
        benchmarks.timing, "interleaved", lambda functions, rounds: {name: arrays[name] for name in functions}
    )
    first, second = benchmarks.measure(Case("sum", sum, {"A": sum, "B": sum}, rounds=3))
    assert first == {
        "what": "sum", "beside": "A", "rounds": 3, "ours_best_s": 1.0, "theirs_best_s": 2.0, "ratio_best": 0.5,
        "ours_median_s": 2.0, "theirs_median_s": 4.0, "ratio_median": 0.5,
    }  # fmt: skip
    assert (second["ratio_best"], second["ratio_median"]) == (1.0, 0.25)
    assert benchmarks.line(first).split() == ["sum", "A", "2000.0", "4000.0", "0.50", "0.50"]


def test_what_has_no_competitor_gets_its_seconds_alone():
    (row,) = benchmarks.measure(Case("nothing", lambda: None, {}, rounds=2))
    assert row["beside"] is None
    assert 0 <= row["ours_best_s"] <= row["ours_median_s"] < 1
    assert benchmarks.line(row).split()[:2] == ["nothing", "-"]


def test_the_groups_that_can_be_asked_for_are_those_that_there_are():
    assert tuple(cases.GROUPS) == bench.GROUPS


@pytest.mark.parametrize("group", ["maps", "conv"])
def test_ours_and_theirs_compute_the_same_sizes(group):
    case = next(cases.GROUPS[group]("cpu"))
    shapes = {tuple(function().shape)[:2] for function in (case.ours, *case.others.values())}
    assert len(shapes) == 1


def test_the_command_prints_the_table_and_keeps_it_as_json(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(
        cases.GROUPS, "lenet", lambda device: [Case("a sum", lambda: sum(range(9)), {"len": lambda: 9})]
    )
    assert bench.main(["lenet", "--json", str(tmp_path / "figures.json")]) == 0
    machine, heading, row = capsys.readouterr().out.splitlines()
    assert "numpy" in machine
    assert heading.split()[0] == "beside"
    assert row.split()[:3] == ["a", "sum", "len"]
    kept = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert kept["machine"]["cores"] >= 1
    assert [entry["what"] for entry in kept["rows"]] == ["a sum"]


def test_an_unknown_group_and_a_gpu_that_is_not_there_are_said_in_words(capsys):
    assert bench.main(["convolution"]) == 1
    assert "There is no group 'convolution'; there are conv, alexnet" in capsys.readouterr().out
    if not benchmarks.backend.has_gpu():
        assert bench.main(["--gpu"]) == 1
        assert "There is no NVIDIA GPU with CuPy here" in capsys.readouterr().out


def test_a_file_that_could_not_be_written_is_refused_before_the_work(tmp_path, capsys):
    assert bench.main(["lenet", "--json", str(tmp_path / "nowhere" / "figures.json")]) == 1
    assert capsys.readouterr().out == f"There is no folder {tmp_path / 'nowhere'} to write figures.json into.\n"
