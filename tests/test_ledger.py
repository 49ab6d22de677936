"""The ledger of the sources: every value and verdict recomputed, every number and fact taught where it says."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from course_lib import ledger
from course_lib.commands import ledger as command

ROOT = Path(__file__).resolve().parents[1]
# The verdict of each number that is not exact, typed by hand from the lessons' prose.
VERDICTS = {
    "rounding": """
        EX-05 EX-06 EX-06b EX-08 EX-08b EX-09 EX-10 EX-10b EX-11 EX-11b EX-12 EX-12b EX-13b EX-15a EX-15b EX-15c
        EX-16a EX-16b EX-16c EX-17a EX-17b EX-17c EX-18c EX-19c EX-21c EX-22c EX-23c CC-07 CNT-10 OUT-06 POOL-05
        POOL-06 ALX-10 HIS-02""",
    "erratum": """
        DER-07 EX-03 EX-07 EX-13 EX-14a EX-14b EX-14c EX-20b EX-20c EX-24 EX-26 CE-04 CE-07 CE-08 CE-09 CE-10 CE-14
        CE-15 CE-16 ACT-12 FIL-07 FIL-10 CNT-04 CNT-08 BIO-05 BIO-07 SCAN-09 TOE-05 VOL-05 VOL-07 POOL-03 POOL-04
        POOL-10 TCV-03 ALX-24""",
    "ambiguous": """
        PER-02 PER-04 PER-06 PER-07 CE-18 REG-01 REG-13 ACT-01 ACT-02 ACT-08 ACT-09 ACT-10 CC-06 FIL-08 FIL-09 FFT-02
        CNT-11 BIO-01 BIO-04 BIO-08 SCAN-03 SCAN-05 SCAN-06 SCAN-08 SCAN-10 TOE-01 TOE-09 TOE-14 VOL-08 OUT-07 OUT-22
        OUT-23 OUT-26 PAR-10 HYP-06 POOL-09 POOL-11 TCV-02 TCV-04 TRN-03 TRN-07 ALX-22 ALX-23 HIS-03 HIS-04 HIS-05
        HIS-07 HIS-10 HIS-11""",
}
VERDICT_OF = {id: verdict for verdict, ids in VERDICTS.items() for id in ids.split()}
# Values known from elsewhere: published counts, the sources' own right numbers, long decimals of another program.
KNOWN = {
    "ALX-13": {"total": 62378344, "without biases": 62367776},
    "ALX-14": {"total": 60965224, "without biases": 60954656},
    "LEN-01": {"total": 60000},
    "LEN-02": {"total": 340908},
    "LEN-03": {"total": 61706},
    "ALX-15": 659272,
    "CNT-09": 832320,
    "POOL-04": 6.614108314378902,
    "EX-03": 0.999088948805599354642136676230,
    "EX-12b": -0.0000640184253561983239844671639502,
    "EX-14c": 1.10467705698057729964785368423,
    "DER-07": [-6.401842535619517e-05, -0.00027455598689778496],
    "SCAN-10": [[4, 3, 4], [2, 4, 3], [2, 3, 4]],
    "FFT-02": {"by scanning": 331776, "by FFT": 101139},
}


@pytest.mark.parametrize("entry", ledger.entries(), ids=lambda entry: entry.id)
def test_value_and_verdict_of_each_number(entry):
    checked = ledger.check(entry)
    assert ledger.same(checked.value, entry.value)
    assert checked.verdict == entry.verdict == VERDICT_OF.get(entry.id, "exact")
    assert bool(entry.kind) == (entry.verdict != "exact")
    assert bool(entry.call) != bool(entry.why_not)
    if entry.call and not checked.agreement:  # nothing to hold the value against: the source leaves it out, or is open
        assert entry.printed is None or entry.verdict == "ambiguous"
    if checked.agreement == "differs" and entry.verdict == "rounding":  # it comes from rounded factors, and is close
        assert float(entry.printed) == pytest.approx(checked.value, rel=0.102)


@pytest.mark.parametrize(("id", "value"), KNOWN.items())
def test_values_known_from_elsewhere(id, value):
    found = ledger.entry_of(id).value
    if isinstance(value, dict):
        found = {name: found[name] for name in value}
    elif isinstance(value, list):
        assert ledger.written(found) == ledger.written(value)
        return
    assert found == pytest.approx(value, rel=1e-11)


def test_all_341_numbers_and_347_facts_are_there():
    assert len({entry.id for entry in ledger.entries()}) == len(ledger.entries()) == 341
    assert len({fact.id for fact in ledger.facts()}) == len(ledger.facts()) == 347
    files = Counter(fact.source[:3] for fact in ledger.facts())
    assert files == {"000": 73, "001": 111, "002": 89, "003": 56, "004": 18}
    lessons = [entry.lesson for entry in ledger.entries()]
    assert lessons == sorted(lessons)
    assert Counter(entry.verdict for entry in ledger.entries()) == {
        "exact": 223, "ambiguous": 49, "erratum": 35, "rounding": 34,
    }  # fmt: skip


@pytest.mark.parametrize("lesson", sorted({fact.lesson for fact in ledger.facts()}))
def test_each_number_and_fact_is_taught_by_the_lesson_that_names_it(lesson):
    notebook = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    taught = [cell["metadata"].get("course", {}) for cell in notebook["cells"]]
    for what, recorded in (("numbers", ledger.entries()), ("facts", ledger.facts())):
        assert {id for course in taught for id in course.get(what, [])} == {
            e.id for e in recorded if e.lesson == lesson
        }


def test_the_files_are_plain_and_in_our_own_words():
    for path in (ledger.NUMBERS, ledger.FACTS):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/work|/tmp|np\.|float64\(|!!", text)
        assert max(map(len, text.splitlines())) < 140
    numbers = yaml.safe_load(ledger.NUMBERS.read_text(encoding="utf-8"))
    assert [row["id"] for row in numbers if isinstance(row.get("value"), str) and row["id"] != "FIL-02"] == []
    assert all(isinstance(row["printed"], (str, type(None))) for row in numbers)


# A wrong entry is noticed


BROKEN = [
    ("EX-14a", {"verdict": "exact"}, "erratum"),
    ("EX-14a", {"verdict": "rounding"}, "erratum"),
    ("EX-05", {"verdict": "exact"}, "rounding"),
    ("EX-05", {"verdict": "erratum"}, "rounding"),
    ("EX-12b", {"kind": "rounded as written"}, "erratum"),
    ("OUT-01", {"as_printed": "5"}, "erratum"),
    ("OUT-01", {"verdict": "erratum"}, "exact"),
    ("POOL-01", {"as_printed": ["3.25", "5.25", "2"]}, "erratum"),
    ("DER-07", {"as_printed": "lesson_03.hidden_delta_as_printed(1)"}, "exact"),
    ("CNT-10", {"as_printed": "84e4"}, "erratum"),
    ("CE-13", {"call": "lesson_09.same_size_with_stride()"}, "erratum"),
]


@pytest.mark.parametrize(("id", "change", "verdict"), BROKEN)
def test_a_wrong_verdict_or_print_does_not_hold(id, change, verdict):
    broken = ledger.check(dataclasses.replace(ledger.entry_of(id), **change))
    assert broken.verdict == verdict
    assert not broken.holds


def test_a_wrong_value_does_not_hold():
    entry = ledger.entry_of("EX-06b")
    assert ledger.check(entry).holds
    assert not ledger.check(dataclasses.replace(entry, value=entry.value * (1 + 1e-9))).holds
    assert not ledger.check(dataclasses.replace(entry, call='lesson_04.in_full("net O2")')).holds
    assert not ledger.same({"a": [1, 2]}, {"a": [1, 3]})
    assert not ledger.same([1, 2], [1, 2, 3])
    assert not ledger.same(True, 1)
    assert not ledger.same({"a": 1}, {"b": 1})


@pytest.mark.parametrize(
    ("printed", "value", "agrees"),
    [
        ("0.7501", 0.75019773, False), ("0.7502", 0.75019773, True), ("2.33", 7 / 3, True), ("7", 7.4999, True),
        ("7", 7.51, False), (".12", 0.125, True), (".13", 0.125, True), (".12", 0.1251, False), ("0", 0.0, True),
        ("-0.0394", -0.03938, True), ("0.0394", -0.03938, False), ("1.6e9", 1.6e9, True), ("35e3", 34500, True),
        ("35e3", 34499, False),
    ],
)  # fmt: skip
def test_a_print_agrees_to_half_of_its_last_place(printed, value, agrees):
    assert ledger.agree(printed, value) is agrees


# Calls are read, not evaluated


def test_a_call_is_looked_up_and_its_arguments_are_plain():
    assert ledger.compute("shapes.conv_output_size(227, 11, stride=4)") == 55
    assert ledger.compute("activations.relu([-2.0, 0.5])") == [0, 0.5]
    assert ledger.entry_of("EX-06b").code == 'course_lib.ledger.lesson_04.in_full("net O1")'


@pytest.mark.parametrize(
    "call",
    [
        "__import__('os').getcwd()", "os.getcwd()", "shapes.conv_output_size(len([1]), 3)", "shapes.math.sqrt(4)",
        "shapes.conv_output_size", "conv_output_size(7, 3)", "shapes.nothing(1)", "lesson_04.np(1)", "", "f()",
        "lesson_04.two_layer(1)", "lesson_08._x()", "shapes.conv_output_size(7, 3); 1", "data.load_digits()",
        "shapes.conv_output_size(*[7])", "perceptron.sgn(__debug__)", "perceptron.float_array('x', 1)", "lesson_99.f()",
    ],
)  # fmt: skip
def test_any_other_call_is_refused(call):
    with pytest.raises(ValueError, match=r"a call is written as|is no function that the ledger may call"):
        ledger.compute(call)


def test_an_unknown_id_is_refused_with_examples():
    with pytest.raises(ValueError, match="there is no entry 'EX-99'; an id is a topic and a number"):
        ledger.entry_of("EX-99")


# Counting and printing


def test_what_cannot_be_recomputed_is_counted_apart():
    assert ledger.counts() == {"exact": 202, "rounding": 33, "erratum": 30, "ambiguous": 34, "not recomputed": 42}
    assert ledger.counts(source="004_4199e40c61176c52.txt")["erratum"] == 1  # and one is a word
    assert sum(sum(ledger.counts(lesson=name).values()) for name in {e.lesson for e in ledger.entries()}) == 341
    reasons = {entry.why_not for entry in ledger.entries() if not entry.call}
    assert len(reasons) == 11
    assert "the patterns are in a figure that the text has lost" in reasons


def test_the_kinds_of_errata_add_up():
    kinds = {kind: len(entries) for kind, entries in ledger.kinds("erratum").items()}
    assert list(kinds.values()) == sorted(kinds.values(), reverse=True)
    assert sum(kinds.values()) == 35
    assert (kinds["wrong index or symbol"], kinds["digits cut off"], kinds["wrong sign"]) == (8, 4, 2)


def test_values_are_written_for_a_table():
    assert ledger.written([[1.0, 0.5], [2.0, 1 / 3]]) == "1, 0.5 / 2, 0.3333333333"
    assert ledger.written({"a": True, "b": [1, 2]}) == "a: yes; b: 1, 2"
    assert ledger.written(False) == "it does not hold"
    assert ledger.written("left") == "left"


def test_the_table_is_printed_at_100_columns_with_its_counts():
    lines, holds = command.table()
    assert holds
    assert max(map(len, lines)) <= 100
    starts = [line.split(" ")[0] for line in lines]
    assert [start for start in starts if "-" in start and start[0] != "-"] == [entry.id for entry in ledger.entries()]
    assert lines[-5:] == [
        "341 of 341 numbers",
        "  ✓ right    223   21 of them not recomputed",
        "  ≈ rounded   34   1 of them not recomputed",
        "  ✗ erratum   35   5 of them not recomputed",
        "  ? open      49   15 of them not recomputed",
    ]


def test_the_filters_narrow_the_table():
    lines, _ = command.table(lesson="10", source="002", verdict="erratum")
    assert [line[:8].strip() for line in lines[2:] if line[:2] == "PO"] == ["POOL-03", "POOL-04", "POOL-10"]
    assert "3 of 341 numbers" in lines
    assert any("8 is the maximum of the block" in line for line in lines)
    assert "42 of 341 numbers" in command.table(verdict="not-recomputed")[0]
    assert command.table(lesson="10_pooling")[0] == command.table(lesson="10")[0]
    lines, found = command.table(lesson="77")
    assert not found
    assert lines == [
        "No number fits these filters.",
        "Lessons: 01, 02, 03, 04, 05, 06, 07, 08, 09, 10, 11, 12, 13. Texts: 000, 001, 002, 003, 004.",
    ]


def test_a_number_that_does_not_come_out_is_told_at_the_end(monkeypatch):
    good, entry = ledger.run()[:2], ledger.entry_of("OUT-01")
    broken = ledger.check(dataclasses.replace(entry, as_printed="5"))
    monkeypatch.setattr(ledger, "run", lambda: (*good, broken))
    lines, holds = command.table()
    assert not holds
    assert lines[-1] == "These do not come out as the ledger says: OUT-01"


def test_the_command_prints_the_table():
    run = subprocess.run(
        [sys.executable, "-m", "course_lib.commands.ledger", "--lesson", "11", "--verdict=erratum"],
        cwd=ROOT, capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert run.returncode == 0
    assert "TCV-03  11     004 l. 47" in run.stdout
    assert run.stdout.endswith("  ✗ erratum    1\n  ? open       0\n")
