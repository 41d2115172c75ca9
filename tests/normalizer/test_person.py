"""What short charts tell of the patient: extent, earlier treatment, death."""

from __future__ import annotations

from datetime import date

import pytest

from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

BEFORE, DAY = date(2021, 2, 1), date(2021, 3, 1)
SESSION = "PROCEDURE: CT-guided percutaneous cryoablation of {}\nDATE: 1 March 2021\nTECHNIQUE: {} Two freezes."
THIGH = ("a right thigh mass", "Two probes in the right thigh mass, 30 mm.")
AND_LUNG = (
    "two tumours",
    "Lesion 1, right thigh mass, 30 mm: two probes. Lesion 2, left upper lobe lung nodule, 12 mm: one probe.",
)


def chart(reader: Reader, before: str, after: str = "", kind: str = "clinic", where: tuple[str, str] = THIGH) -> Chart:
    """A visit, the session, and perhaps a later note of a kind."""
    notes = [Note("a", "A", BEFORE, before, "clinic"), Note("b", "A", DAY, SESSION.format(*where), "procedure")]
    return abstract([*notes, *([Note("c", "A", date(2021, 9, 1), after, kind)] if after else [])], reader)


@pytest.mark.parametrize(
    ("before", "after", "kind", "field", "value"),
    [
        ("Pleomorphic sarcoma of the thigh. She was not given radiation.", "", "", "prior_radiation", False),
        ("Sarcoma of the thigh. Declines surgery, RT given neoadj 50/25.", "", "", "prior_radiation", True),
        ("Sarcoma of the thigh. Doxorubicin was given up after a single infusion because of a reaction.", "", "", "prior_systemic", True),
        ("Sarcoma of the thigh. He had one dose of eribulin and refused more.", "", "", "prior_systemic", True),
        ("Sarcoma of the thigh. Doxorubicin was refused after long thought.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh. Radiotherapy was put to her and she did not want it.", "", "", "prior_radiation", False),
        ("Sarcoma of the thigh. Hip recurrence, debulked in 2017. A liver metastasis now.", "", "", "disease_setting", "metastatic"),
        ("Sarcoma of the thigh, removed in 2014. It came straight back in the same place.", "", "", "disease_setting", "recurrent"),
        ("A 71 y.o. M with sarcoma of the thigh.", "", "", "sex", "male"),
        ("GIST 2012, gastrectomy and imatinib. Leiomyosarcoma of the thigh, core biopsy.", "", "", "prior_systemic", None),
        ("GIST 2012, gastrectomy and imatinib. Slides re-reviewed, not GIST but leiomyosarcoma.", "", "", "prior_systemic", True),
        ("Sarcoma of the thigh. Propranolol for migraine, interferon for hepatitis.", "", "", "prior_systemic", None),
        ("Husband, father of two, with metastatic synovial sarcoma of the thigh.", "", "", "histology", "synovial_sarcoma"),
        ("Biopsy 2016: epithelioid sarcoma; reviewed in Leeds, final: angiosarcoma.", "", "", "histology", "angiosarcoma"),
        ("Sarcoma of the thigh.", "Your patient died in our unit on the 28th of last month.", "other", "death_date", date(2021, 8, 28)),
        (
            "Sarcoma of the thigh.",
            "Her sister rang: Nora had a fall and died on the 30th ult.",
            "telephone",
            "death_date",
            date(2021, 8, 30),
        ),
        (
            "Sarcoma of the thigh.",
            "The registry had him as deceased on 8/2/2021, which was an error. He is well.",
            "clinic",
            "death_date",
            None,
        ),
        ("Sarcoma of the thigh.", "Deceased 8/2/2021 by the chart. Patient is alive and sits before me.", "clinic", "death_date", None),
        (
            "Sarcoma of the thigh.",
            "Dear Mrs Orr, we heard that your husband died in June of this year.",
            "other",
            "death_date",
            date(2021, 6, 1),
        ),
        ("Sarcoma of the thigh.", "TC from her daughter. States mom passed away on 8/20.", "telephone", "death_date", date(2021, 8, 20)),
        ("Sarcoma of the thigh.", "The patient died around Independence Day.", "other", "death_date_precision", "month"),
        ("Sarcoma of the thigh. No RT given.", "", "", "prior_radiation", False),
        ("Sarcoma of the thigh. Surgery x3 is all he has had for it.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh in a treatment-naive man.", "", "", "prior_surgery", False),
        ("Sarcoma of the thigh, excised 2015. AI x 4, then surveillance.", "", "", "prior_systemic", True),
        ("Sarcoma of the thigh, excised 2015; doxorubicin contraindicated (cardiomyopathy).", "", "", "prior_systemic", None),
        ("Sarcoma of the thigh. Pazopanib was talked over but has not been started.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh.", "Up to the cryo she had had only surgery (2014).", "clinic", "prior_radiation", False),
        ("Sarcoma of the thigh, cut out in 2012. In 2020 it returned.", "", "", "disease_setting", "recurrent"),
        (
            "Sarcoma of the thigh.",
            "Spoke with his son, who tells me that his father died a fortnight ago.",
            "telephone",
            "death_date",
            date(2021, 8, 18),
        ),
        (
            "Sarcoma of the thigh.",
            "Hospice closing summary. Reason for discharge: death. DOD 8/20/2021.",
            "other",
            "death_date",
            date(2021, 8, 20),
        ),
        ("Sarcoma of the thigh, known since 2018 and followed without any treatment until now.", "", "", "prior_radiation", False),
        (
            "Sarcoma of the thigh. Ifosfamide was considered, but he chose otherwise and no systemic treatment was ever given.",
            "",
            "",
            "prior_systemic",
            False,
        ),
        ("Sarcoma of the thigh.", "She had eribulin before the cryoablation.", "clinic", "prior_systemic", True),
        ("Sarcoma of the thigh.", "Cryo of the thigh in March. Two resections before that.", "clinic", "prior_surgery", True),
        ("Sarcoma of the thigh.", "Cryo of the thigh in March. Two resections since.", "clinic", "prior_surgery", None),
        (
            "Sarcoma of the thigh.",
            "DECEASED. The family writes that she passed away ten days ago today.",
            "other",
            "death_date",
            date(2021, 8, 22),
        ),
        ("Sarcoma of the thigh.", "Deceased. Bed was free on 30 August 2021.", "other", "death_date", date(2021, 9, 1)),
        ("Sarcoma of the thigh. She has never received systemic therapy and does not want ifosfamide.", "", "", "prior_systemic", False),
        (
            "Leiomyosarcoma of the thigh (revised from undifferentiated pleomorphic sarcoma), second relapse.",
            "",
            "",
            "histology",
            "leiomyosarcoma",
        ),
        (
            "Sarcoma of the thigh. Limb-sparing resection 2016 with preop RT.\nPlan: cryoablation of the groin node (radiation to the groin was not advised because the plexus is near).",
            "",
            "",
            "prior_radiation",
            True,
        ),
        ("Sarcoma of the thigh. The letters say nothing about chemotherapy.", "", "", "prior_systemic", None),
        ("Sarcoma of the thigh.\nPrior surgery for tumor: No", "", "", "prior_surgery", False),
        ("He was found to have a mass, which was excised in 2013. Sarcoma.", "", "", "prior_surgery", True),
        (
            "Breast cancer 2009, lumpectomy and breast radiation. Angiosarcoma arose in 2018 in the irradiated skin.",
            "",
            "",
            "prior_radiation",
            None,
        ),
        ("Sarcoma of the thigh in the irradiated skin.", "", "", "prior_radiation", True),
        ("Angiosarcoma in the radiated breast (2011 lumpectomy and radiation for DCIS), mastectomy 2019.", "", "", "prior_surgery", True),
        ("Sarcoma of the thigh. Seen by our radiation group.", "", "", "prior_radiation", None),
        ("Sarcoma of the thigh. No radiation so far.", "- August 2021: radiation 30 Gy to the ilium", "clinic", "prior_radiation", False),
        ("Sarcoma of the thigh. Has never had chemotherapy.\nPMH: lupus on cyclophosphamide, gout.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh.\nPMH: RA on methotrexate.", "", "", "prior_systemic", None),
        (
            "Sarcoma of the thigh. Never irradiated. Radiotherapy was put forward by one of us but not favoured.",
            "",
            "",
            "prior_radiation",
            False,
        ),
        ("Sarcoma of the thigh. He never had chemotherapy. Trabectedin would still be possible.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh. Ifosfamide 2019, possible progression.", "", "", "prior_systemic", True),
        ("Sarcoma of the thigh. No pelvic radiation up to now. Radiation: she says no.", "", "", "prior_radiation", False),
        ("Sarcoma of the thigh. He never had chemotherapy. Ifosfamide not attractive with one kidney.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh.", "He declines pazopanib.", "clinic", "prior_systemic", None),
        ("Sarcoma.", "She had refused chemotherapy in those days and has to this day never taken any.", "clinic", "prior_systemic", False),
        ("Sarcoma.", "She had refused chemotherapy in those days and had never taken any statin.", "clinic", "prior_systemic", None),
        ("Sarcoma of the thigh.", "PLAN: Scan in May. Pazopanib if multifocal.", "clinic", "prior_systemic", None),
        (
            "Desmoid of the thigh.",
            "MRI THIGH\nIMPRESSION: New nodule at the margin, consistent with recurrent desmoid.",
            "radiology",
            "disease_setting",
            "primary",
        ),
        ("Sarcoma of the thigh, resected 2018. She has had nothing else for it.", "", "", "prior_radiation", False),
        ("Sarcoma of the thigh, amputation refused, wide resection and 60 Gy in 2016.", "", "", "prior_surgery", True),
        (
            "Sarcoma of the thigh. Adjuvant radiation was considered and he is quite sure that it was never given.",
            "",
            "",
            "prior_radiation",
            False,
        ),
        ("Sarcoma of the thigh. Chemotherapy has no place.", "", "", "prior_systemic", None),
        ("Sarcoma of the thigh. In 2015 nodules, not having had any drug treatment up to then.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh. Prostatectomy for Gleason 7 in 2011, pelvic radiation after it.", "", "", "prior_radiation", None),
        ("Sarcoma of the thigh.", "GIST of the stomach, gastrectomy 2013, imatinib 400 since.", "clinic", "prior_systemic", True),
        ("Desmoid of the thigh. His father had colon cancer with a liver metastasis.", "", "", "disease_setting", "primary"),
        (
            "Sarcoma of the thigh, excised 2016 for recurrence along the scar, nothing there since. Metastases.",
            "",
            "",
            "disease_setting",
            "metastatic",
        ),
        (
            "A 61-year-old man with sarcoma. He is well.",
            "Call from Mrs. Ostrow. Her husband passed away at home on 2 August 2021, in comfort.",
            "telephone",
            "death_date",
            date(2021, 8, 2),
        ),
        (
            "A 61-year-old woman with sarcoma. She is well.",
            "Call from Mrs. Ostrow. Her husband passed away at home on 2 August 2021, so she will miss her visit.",
            "telephone",
            "death_date",
            None,
        ),
        (
            "A 61-year-old man with sarcoma. He is well.",
            "Mrs. Ostrow called to let us know that her husband died at home on August 2, 2021.",
            "telephone",
            "death_date",
            date(2021, 8, 2),
        ),
        ("Sarcoma. No chemotherapy so far. Advice: freezing; pazopanib only if it grows.", "", "", "prior_systemic", False),
        ("Sarcoma. No chemotherapy so far. Trabectedin in the event of a relapse.", "", "", "prior_systemic", False),
        ("Sarcoma. She has not had chemotherapy. Plan: cryoablation of the thigh, then drug treatment.", "", "", "prior_systemic", False),
        ("Sarcoma. He never had chemotherapy.", "Knows that he starts chemo on October 4.", "telephone", "prior_systemic", False),
        ("Sarcoma: compartment resection 05/2013 (R0), adjuvant chemotherapy was not performed.", "", "", "prior_surgery", True),
        ("Sarcoma.", "It was sad to hear from the son that his father died in August 2021.", "other", "death_date", date(2021, 8, 1)),
        (
            "Sarcoma.",
            "Telephone note, 9/3/2021. Caller: daughter. She wants the clinic to know that her mother passed away on August 30th.",
            "telephone",
            "death_date",
            date(2021, 8, 30),
        ),
        (
            "Sarcoma.",
            "Telephone note, 9/3/2021. Caller: patient. She wants the clinic to know that her mother passed away on August 30th.",
            "telephone",
            "death_date",
            None,
        ),
        (
            "Sarcoma.",
            "DEATH NOTE\nDATE OF NOTE: 09/01/2021\n\nWithout pulse or breath, pronounced at 22:35 on 08/31/2021.",
            "other",
            "death_date",
            date(2021, 8, 31),
        ),
        (
            "A man of 60 with a sarcoma.",
            "Phone message. Mrs. Orde called to let Dr. Quill and Dr. Vance know that her husband passed away on Monday, August 30, 2021.",
            "telephone",
            "death_date",
            date(2021, 8, 30),
        ),
        (
            "Sarcoma of the thigh. No chemotherapy so far.\nPlan: cryoablation. Trabectedin or eribulin later.",
            "",
            "",
            "prior_systemic",
            False,
        ),
        ("Sarcoma of the thigh. No chemotherapy so far. Trabectedin/eribulin if it grows.", "", "", "prior_systemic", False),
        ("Sarcoma of the thigh, treated with eribulin until it grew.", "", "", "prior_systemic", True),
        (
            "Fibrosarcoma of the thigh (2010). Now read as myxofibrosarcoma.",
            "Myxofibrosarcoma (2010 fibrosarcoma diagnosis revised here).",
            "other",
            "histology",
            "myxofibrosarcoma",
        ),
        ("Synovial sarcoma of the left calf. That came out in 2016.", "", "", "prior_surgery", True),
        ("Synovial sarcoma of the left calf. It came out as a surprise.", "", "", "prior_surgery", None),
        ("Sarcoma of the thigh, resected.\n\nDiscussion: SABR, drug trial, cryoablation.", "", "", "prior_radiation", None),
        ("Sarcoma of the thigh.\n\nDiscussion: resected and had SABR, for cryoablation.", "", "", "prior_radiation", True),
        ("Sarcoma of the thigh. Radiotherapy to the hip saved as a fallback.", "", "", "prior_radiation", None),
        ("Sarcoma of the thigh. No drug treatment is being considered.", "", "", "prior_systemic", None),
        ("Sarcoma of the thigh.", "Sarcoma of the thigh. Refused chemo twice, never had any.", "clinic", "prior_systemic", False),
        ("A sarcoma. She limps. Her foot is numb. Mr Alder has offered a wedge resection; she prefers ice.", "", "", "sex", "female"),
        ("Sarcoma of the thigh. He has had no operation for it. His only surgery was a hernia repair.", "", "", "prior_surgery", False),
        ("Sarcoma of the thigh. We would not advise chemotherapy for one nodule.", "", "", "prior_systemic", None),
        ("A pleasant lady with sarcoma. Mr Alder has seen the scans, Mr Birch would operate.", "", "", "sex", "female"),
        ("A sarcoma. Mr Alder comes for a second opinion.", "", "", "sex", "male"),
    ],
)
def test_the_patient(before: str, after: str, kind: str, field: str, value: object, reader: Reader) -> None:
    assert _value(chart(reader, before, after, kind), field) == value


def _value(made: Chart, field: str) -> object:
    return made.patients[0][field]


AND_CHEST = ("two tumours", "Lesion 1, right thigh mass, 30 mm: two probes. Lesion 2, left chest wall mass, 12 mm: one probe.")


@pytest.mark.parametrize(("where", "setting"), [(THIGH, "recurrent"), (AND_LUNG, "both"), (AND_CHEST, "both")])
def test_a_recurrence_treated_beside_a_place_only_spread_to_is_both(where: tuple[str, str], setting: str, reader: Reader) -> None:
    assert (
        _value(chart(reader, "Sarcoma of the thigh, resected 2015. Recurrent mass in the thigh.", where=where), "disease_setting")
        == setting
    )


def test_a_recurrence_called_local_alone_is_no_metastasis(reader: Reader) -> None:
    before = "Sarcoma of the thigh, resected 2015. It has come back, a purely local recurrence."
    assert _value(chart(reader, before, where=AND_LUNG), "disease_setting") == "recurrent"


@pytest.mark.parametrize(
    ("before", "setting"),
    [
        ("Sarcoma of the thigh, resected 2015. Recurrent mass in the thigh, and a metastasis.", "both"),
        ("Sarcoma of the thigh, resected 2015. Recurrent mass in the thigh. No metastases.", "recurrent"),
    ],
)
def test_tumours_too_far_for_one_recurrence(before: str, setting: str, reader: Reader) -> None:
    """A recurrence at one of them makes both, unless a note denies metastases."""
    assert _value(chart(reader, before, where=AND_CHEST), "disease_setting") == setting
