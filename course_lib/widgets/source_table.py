"""The table of every number that the sources print: filters, a search, and what is behind each row."""

import traitlets

from course_lib import ledger
from course_lib.plots import ledger as plots
from course_lib.widgets.base import Explorer

ALL = "all"
VERDICTS = (*ledger.VERDICTS, ledger.NOT_RECOMPUTED)
FIELDS = (
    "id",
    "lesson",
    "sources",
    "lines",
    "says",
    "printed",
    "result",
    "claim",
    "verdict",
    "kind",
    "note",
    "code",
    "why",
)
SEARCHED = ("id", "says", "printed", "result", "kind", "note", "why")


def row_of(checked):
    """What the table shows of a number, in the order of FIELDS; sources by their three digits."""
    entry, claim = checked.entry, checked.entry.as_printed
    return [
        entry.id, entry.lesson, [file[:3] for file in entry.source], entry.lines, entry.says, entry.printed or "",
        ledger.written(checked.value) if entry.call else "",
        ledger.written(checked.claim) if isinstance(claim, str) and claim.endswith(")") else "",
        entry.verdict, entry.kind, entry.note, entry.code, entry.why_not,
    ]  # fmt: skip


def looks(row):
    """The verdict of a row as sign and word."""
    return " ".join(ledger.VERDICTS[row["verdict"]])


class SourceTable(Explorer):
    """The ledger as a table with filters; see source_table()."""

    front_end = ("source_table_rows.js", "source_table.js")
    styles = ("source_table.css",)
    state = ("lesson", "source", "verdict", "words", "picked")

    fields = traitlets.List(list(FIELDS)).tag(sync=True)
    searched = traitlets.List(list(SEARCHED)).tag(sync=True)
    looks = traitlets.List([[name, *look] for name, look in ledger.VERDICTS.items()]).tag(sync=True)
    files = traitlets.List(help="the texts").tag(sync=True)
    rows = traitlets.List(help="what row_of() gives for each number").tag(sync=True)

    lesson = traitlets.Unicode(ALL, help='"all", or a lesson: "05_cross_entropy"').tag(sync=True)
    source = traitlets.Unicode(ALL, help='"all", or a file of the sources').tag(sync=True)
    verdict = traitlets.Enum((ALL, *VERDICTS), ALL).tag(sync=True)
    words = traitlets.Unicode("", help="every word must occur in a row").tag(sync=True)
    picked = traitlets.Unicode("", help="the id of the row whose details are shown, or none").tag(sync=True)

    @traitlets.default("rows")
    def _every_number(self):
        return [row_of(checked) for checked in ledger.run()]

    @traitlets.default("files")
    def _every_text(self):
        return list(ledger.sources())

    @traitlets.validate("lesson", "source")
    def _one_of_those(self, proposal):
        name, value = proposal.trait.name, proposal.value
        known = (ALL, *(ledger.lessons() if name == "lesson" else ledger.sources()))
        if value not in known:
            raise traitlets.TraitError(f"{name} is one of {', '.join(known)}, not {value!r}")
        return value

    @traitlets.validate("words")
    def _short(self, proposal):
        if len(proposal.value) > 80:
            raise traitlets.TraitError(f"at most 80 letters can be searched for, not {len(proposal.value)}")
        return proposal.value

    @traitlets.validate("picked")
    def _known(self, proposal):
        if proposal.value and proposal.value not in {entry.id for entry in ledger.entries()}:
            raise traitlets.TraitError(
                f'there is no number {proposal.value!r}; an id is such as "POOL-04", or "" for none'
            )
        return proposal.value

    @property
    def shown(self):
        """The rows that the filters leave, as dicts."""
        return [row for row in (dict(zip(FIELDS, row, strict=True)) for row in self.rows) if self._fits(row)]

    def _fits(self, row):
        verdict = ledger.NOT_RECOMPUTED if self.verdict == ledger.NOT_RECOMPUTED and row["why"] else row["verdict"]
        text = " ".join(row[field] for field in SEARCHED).lower()
        return (
            self.lesson in (ALL, row["lesson"])
            and (self.source == ALL or self.source[:3] in row["sources"])
            and self.verdict in (ALL, verdict)
            and all(word in text for word in self.words.lower().split())
        )

    def still(self):
        """A Figure with the first rows that the filters leave."""
        shown = self.shown
        rows = [
            (row["id"], row["printed"] or "(nothing)", row["result"] or "not recomputed", looks(row))
            for row in shown[:12]
        ]
        return plots.page(f"Showing {len(shown)} of {len(self.rows)} numbers", rows)


def source_table(lesson=ALL, source=ALL, verdict=ALL, words="", picked=""):
    """Look through every number that the sources print: what is printed, what comes out, the verdict, the lesson.

    The filters take a lesson ("05_cross_entropy"), a file's full name, a verdict ("exact", "rounding", "erratum",
    "ambiguous", "not recomputed"), and words to look for; `picked` opens the details of one number, by its id.
    """
    return SourceTable(lesson=lesson, source=source, verdict=verdict, words=words, picked=picked)
