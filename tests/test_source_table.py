"""The table of the sources' numbers and the figures of lesson 15, in Python."""

import json

import pytest
import traitlets

from course_lib import ledger, widgets
from course_lib.plots import ledger as plots
from course_lib.widgets.source_table import FIELDS


def ids(**state):
    return [row["id"] for row in widgets.source_table(**state).shown]


def test_every_number_is_in_the_table_with_its_value_in_words():
    rows = {row["id"]: row for row in widgets.source_table().shown}
    assert list(rows) == [entry.id for entry in ledger.entries()]
    assert rows["EX-14a"] == {
        "id": "EX-14a", "lesson": "04_worked_example", "sources": ["001"], "lines": "495",
        "says": "update of H1->O1 from the printed factors", "printed": "0.000469", "result": "0.00468531", "claim": "",
        "verdict": "erratum", "kind": "arithmetic slip",
        "note": "Ten times too small: 0.1 * 0.0469 * 0.999 is 0.00469.",
        "code": 'course_lib.ledger.lesson_04.change_from_print("H1->O1")', "why": "",
    }  # fmt: skip
    assert rows["CE-10"]["claim"] == "-1.25, -5, -5, -1.25"
    assert (rows["PER-06"]["result"], rows["PER-06"]["why"][:12]) == ("", "the patterns")
    assert rows["OUT-20"]["sources"] == ["003", "004"]


def test_the_filters_narrow_the_table_together():
    assert len(ids(verdict="erratum")) == 35
    assert len(ids(verdict="not recomputed")) == 42
    assert ids(lesson="10_pooling", verdict="erratum") == ["POOL-03", "POOL-04", "POOL-10"]
    assert ids(source="004_4199e40c61176c52.txt", verdict="erratum") == ["VOL-07", "TCV-03"]
    assert ids(words="LOST  sign") == ["CE-01", "REG-13", "FIL-08"]
    assert ids(words="wrong sign") == ["DER-07", "CE-10"]
    assert ids(words="pool-04") == ["POOL-04"]
    assert ids(words="no such words") == []
    assert ids(words=" ") == ids()


def test_the_state_is_small_and_checked():
    table = widgets.source_table(verdict="erratum", picked="POOL-04")
    assert repr(table) == "SourceTable(lesson='all', source='all', verdict='erratum', words='', picked='POOL-04')"
    assert len(json.dumps(table.rows)) < 120_000
    assert all(len(row) == len(FIELDS) for row in table.rows)
    for name, bad in (
        ("lesson", "99"),
        ("verdict", "right"),
        ("source", "000"),
        ("picked", "X-1"),
        ("words", 81 * "a"),
    ):
        with pytest.raises(traitlets.TraitError):
            setattr(table, name, bad)
    table.words = "sigmoid"
    table.reset()
    assert (table.words, table.picked) == ("", "POOL-04")


def test_the_still_shows_the_first_rows():
    figure = widgets.source_table(lesson="10_pooling", verdict="erratum").still()
    texts = [text.get_text() for text in figure.texts]
    assert texts[0] == "Showing 3 of 341 numbers"
    assert [text.split() for text in texts[2:]] == [
        ["POOL-03", "4.86", "4.865160859", "✗", "erratum"],
        ["POOL-04", "8", "6.614108314", "✗", "erratum"],
        ["POOL-10", "k", "in", "[(i-1)D+1,", "iD],", "l...", "3", "✗", "erratum"],
    ]
    assert widgets.source_table(words="no such words").still().description == "Showing 0 of 341 numbers"


def test_the_bars_are_as_long_as_the_counts_and_say_them():
    counts = ledger.counts()
    axes = plots.bars(counts, "verdicts").axes[0]
    assert [bar.get_width() for bar in axes.patches] == list(counts.values())
    assert [text.get_text() for text in axes.texts] == [str(count) for count in counts.values()]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(counts)
    assert len({bar.get_hatch() for bar in axes.patches}) == 5  # told apart without colours


def test_the_bars_of_the_lessons_stand_end_to_end():
    table = {"04": ledger.counts(lesson="04_worked_example"), "11": ledger.counts(lesson="11_transposed_convolution")}
    axes = plots.by_lesson(table).axes[0]
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    assert [width for _, width in bars] == [count for counts in table.values() for count in counts.values()]
    for first in (0, 5):
        assert all(
            a[0] + a[1] == b[0] for a, b in zip(bars[first : first + 4], bars[first + 1 : first + 5], strict=True)
        )
