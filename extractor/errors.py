"""Every error that the package raises.

    ExtractorError            anything a caller may want to catch
    ├── InputError            a file that cannot be read, a column that is missing
    ├── OutputError           a folder that is in the way, a disk that is full
    ├── RuleError             a rule file that is wrong: names file, rule and fix
    ├── CorpusError           a chart file that is wrong: names chart, row and fix
    ├── LabelError            a file of labels that is wrong: names file, row and fix
    ├── StudyError            a study file that is wrong: names file, key and fix
    ├── ReviewError           a journal that is wrong, a decision that cannot be taken
    ├── SparkError            what keeps Spark from reading charts: no Java, an executor with other code
    ├── FeedError             what keeps a chart from its registry: an address, a secret, an outbox, a service
    └── CohortError           a folder of tables that is not one of ours

Messages name the file, the row and the fix. They never hold text of a note.
"""

from __future__ import annotations


class ExtractorError(Exception):
    """Base of all errors of this package; its text is fit to be shown to a user."""


class InputError(ExtractorError):
    """The notes cannot be read as asked."""


class OutputError(ExtractorError):
    """The tables cannot be written as asked."""


class RuleError(ExtractorError):
    """A rule file does not say what it should."""


class CorpusError(ExtractorError):
    """A chart file does not hold what FORMAT.md says."""


class LabelError(ExtractorError):
    """A file of labels does not hold what docs/evaluation.md says."""


class StudyError(ExtractorError):
    """A study file does not hold what docs/report.md says."""


class CohortError(ExtractorError):
    """A folder does not hold the tables it should."""


class ReviewError(ExtractorError):
    """A journal of decisions is damaged or in use, or a decision does not fit its chart."""


class SparkError(ExtractorError):
    """Spark cannot be used as asked, or ended the job."""


class FeedError(ExtractorError):
    """The registry cannot be fed as asked. Never holds a secret or what a service answered."""
