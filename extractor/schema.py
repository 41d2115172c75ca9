"""The cohort tables: columns, types and closed vocabularies. Docs and JSON Schema are made from this file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Type = Literal["text", "integer", "number", "boolean", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``values`` is its closed vocabulary where it has one."""

    name: str
    type: Type
    doc: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A cohort table; its first id column names its rows."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: str

    names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Column names in order."""

    def __post_init__(self) -> None:
        """Read the names once: every row of every chart asks for them."""
        object.__setattr__(self, "names", tuple(c.name for c in self.columns))

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NOTE_TYPES = _words("radiology procedure clinic discharge pathology nursing telephone other")
SEXES = _words("female male")
HISTOLOGIES = _words(
    "leiomyosarcoma liposarcoma undifferentiated_pleomorphic_sarcoma synovial_sarcoma angiosarcoma myxofibrosarcoma "
    "malignant_peripheral_nerve_sheath_tumor solitary_fibrous_tumor rhabdomyosarcoma epithelioid_sarcoma clear_cell_sarcoma "
    "alveolar_soft_part_sarcoma fibrosarcoma dermatofibrosarcoma_protuberans epithelioid_hemangioendothelioma "
    "desmoplastic_small_round_cell_tumor extraskeletal_osteosarcoma extraskeletal_myxoid_chondrosarcoma ewing_sarcoma "
    "endometrial_stromal_sarcoma phyllodes_tumor spindle_cell_sarcoma sarcoma_nos other"
)
SETTINGS = _words("recurrent metastatic both primary")
PRECISIONS = _words("day month year")
MODALITIES = _words("cryoablation microwave radiofrequency irreversible_electroporation laser hifu ethanol other")
APPROACHES = _words("percutaneous laparoscopic open endoscopic")
GUIDANCES = _words("ct us mri ct_us fluoroscopy pet_ct other")
ANESTHESIAS = _words("general moderate_sedation monitored_care regional local")
SITES = _words(
    "lung pleura mediastinum chest_wall breast axilla head_neck shoulder upper_extremity paraspinal abdominal_wall liver kidney "
    "adrenal pancreas spleen peritoneum retroperitoneum pelvis gluteal groin lower_extremity bone lymph_node subcutaneous other"
)
LATERALITIES = _words("left right midline bilateral")
COVERAGES = _words("adequate inadequate")
TERMS = _words(
    "pneumothorax hemothorax hemorrhage pleural_effusion infection nerve_injury skin_injury bowel_injury urinary_injury "
    "urinary_retention vascular_injury thromboembolism air_embolism fracture pain post_ablation_syndrome cryoshock rhabdomyolysis "
    "fistula wound_complication respiratory cardiac hypotension hypertension renal_failure tumor_seeding anesthesia death other"
)
SEVERITIES = _words("mild moderate severe life_threatening death")
GRADE_SYSTEMS = _words("SIR2017 SIR_A_F CTCAE CIRSE Clavien-Dindo")
EXAMS = _words("ct mri pet_ct us radiograph bone_scan pathology")
SCOPES = _words("local distant")
STATUSES = _words("no_progression progression residual indeterminate")
EVENT_TYPES = _words("progression residual")
TREATMENTS = _words("surgery radiation systemic embolization other")
BASES = _words("text note_date derived reviewed")
CLAIM_KINDS = _words("value empty no_more_rows no_more_local no_more_distant")


def _id(name: str, doc: str = "identifies the row") -> Column:
    return Column(name, "text", doc)


def _text(name: str, doc: str, values: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", doc, values)


def _flag(name: str, doc: str) -> Column:
    return Column(name, "boolean", doc)


def _date(name: str, doc: str) -> tuple[Column, Column]:
    return Column(name, "date", doc), Column(f"{name}_precision", "text", f"how exactly {name} is known", PRECISIONS)


PATIENT = _id("patient_id", "the patient, as given in the notes")
REPLACES = _text("replaces", "id under which an earlier run, knowing less, had this row")

PATIENTS = Table(
    "patients",
    "one row per patient seen in the input, with or without an ablation",
    (
        PATIENT,
        _text("sex", "sex", SEXES),
        Column("birth_date", "date", "birth date, if the notes give it"),
        Column("age_years", "integer", "age in years at the first ablation"),
        _text("histology", "final diagnosis", HISTOLOGIES),
        _text("histology_text", "the note's words for it"),
        _text("disease_setting", "at the first ablation", SETTINGS),
        _flag("prior_surgery", "operated on for this tumour before the first ablation"),
        _flag("prior_radiation", "irradiated for this tumour before the first ablation"),
        _flag("prior_systemic", "systemic treatment of this tumour before the first ablation"),
        *_date("death_date", "date of death"),
    ),
    "patient_id",
)
PROCEDURES = Table(
    "procedures",
    "one row per ablation session performed",
    (
        _id("procedure_id"),
        PATIENT,
        *_date("date", "day of the ablation"),
        _text("modality", "kind of energy", MODALITIES),
        _text("approach", "way to the target", APPROACHES),
        _text("guidance", "imaging that guided the probes", GUIDANCES),
        _text("anesthesia", "deepest anaesthesia given", ANESTHESIAS),
        Column("probes", "integer", "number of probes or applicators in the session"),
        _flag("technical_success", "treated as planned and covered completely (Ahmed et al., Radiology 2014)"),
        REPLACES,
    ),
    "procedure_id",
)
LESIONS = Table(
    "lesions",
    "one row per lesion treated in a procedure",
    (
        _id("lesion_id"),
        PATIENT,
        _id("procedure_id", "the session"),
        _text("site", "where the target lies", SITES),
        _text("site_text", "the note's words for it"),
        _text("laterality", "side, where stated for this lesion", LATERALITIES),
        Column("size_mm", "number", "largest dimension before treatment, mm"),
        _text("coverage", "ice ball over the lesion with at least 5 mm in all dimensions", COVERAGES),
        _flag("lesion_covered", "the ice ball covers the whole lesion, margin aside"),
        Column("min_margin_mm", "number", "smallest margin documented, mm"),
        _text("retreatment_of", "lesion_id of the earlier row for the same lesion"),
        REPLACES,
    ),
    "lesion_id",
)
COMPLICATIONS = Table(
    "complications",
    "one row per adverse event that happened",
    (
        _id("complication_id"),
        PATIENT,
        _id("procedure_id", "the session it followed"),
        _text("term", "kind of event", TERMS),
        _text("term_text", "the note's words for it"),
        *_date("date", "onset"),
        _text("severity", "SIR 2017 severity (Khalilzadeh et al., JVIR 2017)", SEVERITIES),
        _text("grade_system", "scale the note uses", GRADE_SYSTEMS),
        _text("grade_text", "the note's words for the grade"),
        _flag("major", "severe, life-threatening or death by SIR 2017"),
        _flag("major_as_graded", "major on the note's own scale"),
        _text("intervention", "the note's words for what was done about it"),
        REPLACES,
    ),
    "complication_id",
)
ASSESSMENTS = Table(
    "assessments",
    "one row per exam and, for local disease, per treated lesion; only after the first ablation",
    (
        _id("assessment_id"),
        PATIENT,
        _id("lesion_id", "the treated lesion; empty for distant disease"),
        *_date("date", "day of the exam"),
        _text("modality", "kind of exam", EXAMS),
        _text("scope", "at the treated site or elsewhere", SCOPES),
        _text("status", "what the reader concluded", STATUSES),
        REPLACES,
    ),
    "assessment_id",
)
OUTCOMES = Table(
    "outcomes",
    "one row per treated lesion with at least one local assessment",
    (
        _id("lesion_id"),
        PATIENT,
        _id("procedure_id", "the session that treated the lesion"),
        Column("event", "integer", "1 local progression or residual tumour, 0 none seen"),
        _text("event_type", "kind of event", EVENT_TYPES),
        *_date("event_date", "date of the exam that first called it"),
        Column("last_assessment_date", "date", "last local assessment"),
        Column("months", "number", "from the ablation to the event, else to the last assessment; days / 30.4375"),
    ),
    "lesion_id",
)
CONTEXT_COLUMNS = tuple(
    _flag(f"is_{name}", doc)
    for name, doc in (
        ("negated", "said not to be"),
        ("uncertain", "said to be possible"),
        ("historical", "of an earlier time"),
        ("hypothetical", "only if something happens"),
        ("family", "of a relative"),
        ("planned", "planned, not done"),
        ("cancelled", "cancelled, declined or aborted"),
        ("risk", "named as a risk"),
        ("expected", "called expected"),
        ("intended", "aimed at, not said to be reached"),
    )
)
MENTIONS = Table(
    "mentions",
    "one row per span that a rule found",
    (
        _id("mention_id"),
        _id("note_id", "the note"),
        PATIENT,
        _text("label", "kind of mention"),
        _text("concept", "normalized value"),
        Column("start", "integer", "first character in the note's text"),
        Column("end", "integer", "one past the last character"),
        _text("text", "the words; equal to the note's slice"),
        _text("section", "section category"),
        *CONTEXT_COLUMNS,
        _text("rule_id", "the rule that found it, file#id"),
    ),
    "mention_id",
)
EVIDENCE = Table(
    "evidence",
    "why each cell says what it says",
    (
        _text("table", "table of the cell"),
        _text("row_id", "row of the cell"),
        _text("column", "column of the cell"),
        _text("basis", "text, note_date, derived, or reviewed: a person said so", BASES),
        _text("mention_id", "mention behind the cell"),
        Column("confidence", "number", "0 to 1"),
    ),
    "row_id",
)
CLAIMS = Table(
    "claims",
    "what the tables say, cell by cell, and that there is no more: how sure, and whether it may stand without a second look",
    (
        PATIENT,
        _text("table", "table of the claim"),
        _text("row_id", "row of the cell; empty where more rows are denied"),
        _text("column", "column of the cell; empty where more rows are denied"),
        _text("claim", "the cell is so, nothing is documented for it, or there are no more rows", CLAIM_KINDS),
        Column("confidence", "number", "0 to 1"),
        _flag("accepted", "accepted, or for review; empty without extract --accept"),
    ),
    "row_id",
)
TREATMENTS_TABLE = Table(
    "treatments",
    "one row per other treatment of the tumour that the notes tell",
    (
        _id("treatment_id"),
        PATIENT,
        _text("kind", "kind of treatment", TREATMENTS),
        _text("kind_text", "the note's words for it"),
        *_date("date", "when, where told"),
        _flag("before_first_ablation", "order against the first ablation"),
    ),
    "treatment_id",
)
NOTES = Table(
    "notes",
    "the notes as read",
    (
        _id("note_id"),
        PATIENT,
        Column("note_date", "date", "date the note was written"),
        _text("note_type", "a hint", NOTE_TYPES),
        _text("source", "file and row"),
        _text("sha256", "hash of the text"),
        _text("text", "the text as read"),
    ),
    "note_id",
)
DROPS = Table(
    "drops",
    "candidates that became no row, and why",
    (_id("mention_id", "the candidate"), PATIENT, _text("table", "table it was a candidate for"), _text("reason", "why it became no row")),
    "mention_id",
)

TABLES = (PATIENTS, PROCEDURES, LESIONS, COMPLICATIONS, ASSESSMENTS, OUTCOMES, MENTIONS, EVIDENCE, TREATMENTS_TABLE, NOTES, DROPS, CLAIMS)
BY_NAME = {t.name: t for t in TABLES}
COHORT = ("patients", "procedures", "lesions", "complications", "assessments", "outcomes", "treatments")
"""Tables whose rows carry evidence."""
