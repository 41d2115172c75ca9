"""A simulated patient as a chart: notes in one house's words, and the labels that the words bear, in the form of ``corpora/*/charts``.

What a passage says decides its label, never what was drawn: an unstated coverage is an empty cell, a size that no note tells is none.
"""

from __future__ import annotations

import random
from datetime import timedelta

from bench.replication.bank import Bank, Style
from bench.replication.cohort import Patient, Session
from bench.replication.exams import read_exam
from bench.replication.pen import Chart, Forms, Json, Values, draw_setup, pathology, remarks, singular, told_sessions
from bench.replication.sessions import write_session

GENDERED = frozenset({"man", "he", "him", "his", "mr"})
PRIOR = ("surgery", "radiation", "systemic")


def write(bank: Bank, patient: Patient, seed: int, style: Style | None = None) -> Json:
    """The chart of a patient: ``patient_id``, ``house``, ``notes`` and ``gold``; the same for the same seed."""
    draw = random.Random(f"chart {seed} {patient.id}")
    fits = [h for h in sorted(bank.histologies) if h != "endometrial_stromal_sarcoma" or patient.sex == "female"]
    chart = Chart(
        bank,
        style or draw.choice(bank.styles),
        patient,
        draw,
        draw.choice(bank.surnames),
        draw.choice(fits),
    )
    chart.gold = {k: [] for k in ("procedures", "lesions", "complications", "assessments", "outcomes")}
    _before(chart)
    for number, session in enumerate(patient.sessions, 1):
        write_session(chart, session, f"P{number}")
    distant = False
    for number, exam in enumerate(patient.exams):
        distant = read_exam(chart, exam, patient.exams[number - 1] if number else None, distant)
    _biopsies(chart)
    _death(chart)
    _outcomes(chart)
    chart.gold["patient"] = _patient_row(chart)
    notes = sorted(chart.notes, key=lambda n: (n["note_date"], n["note_id"]))
    for number, note in enumerate(notes, 1):
        note["note_id"] = f"{patient.id}-{number:03d}"
    return {"patient_id": patient.id, "house": chart.style.name, "notes": notes, "gold": chart.gold}


def _before(chart: Chart) -> None:
    """Referral, and for some the pathology that made the diagnosis."""
    patient, draw = chart.patient, chart.draw
    first = patient.sessions[0]
    day = first.day - timedelta(days=draw.randint(8, 45))
    modality = "mri" if patient.regions == {"limb"} else "ct"
    dates, values = chart.dates(), {**chart.person(day), **chart.all(first.treatments), "exam": chart.word("exam", modality)}
    settings = ("recurrent", "both") if patient.regions == {"limb"} else ("metastatic", "both")
    settings = settings if len(patient.places) == 1 or draw.random() < 0.8 else ("metastatic", "both")
    history = chart.choose("history", lambda p: p.labels["setting"] in settings)
    chart.gold["history"] = history.labels
    frame = chart.frame("consult")
    blocks = {
        "history": [chart.say(history, values, dates).text],
        "plan": [chart.say(chart.choose("plan", singular(len(first.treatments))), {**values, **draw_setup(chart)[1]}, dates).text],
        "workup": _workup(chart, first, values, dates) if "workup" in frame.slots else [],
        "consent": [chart.say(chart.choose("consent"), values, dates).text],
        "noise": remarks(chart, "consult", values, dates),
    }
    chart.add(frame, day, blocks, values, dates)
    if draw.random() < 0.25:
        pathology(chart, "initial", first.treatments[0], day - timedelta(days=draw.randint(10, 40)))


def _workup(chart: Chart, session: Session, values: Values, dates: Forms) -> list[str]:
    out = []
    for treatment in session.treatments:
        said = chart.say(chart.choose("workup"), {**values, **chart.one(treatment)}, dates)
        if said.told & {"size", "a_size"}:
            chart.sized.add(treatment.number)
        out.append(said.text)
    return out


def _biopsies(chart: Chart) -> None:
    by_number = {t.number: t for t in chart.patient.treatments}
    for biopsy in chart.patient.biopsies:
        quote = pathology(chart, "zone_positive" if biopsy.positive else "zone_negative", by_number[biopsy.treatment], biopsy.day)
        row = {"lesion": f"L{biopsy.treatment + 1}", "date": biopsy.day.isoformat(), "modality": "pathology", "scope": "local"}
        chart.gold["assessments"].append({**row, "status": "progression" if biopsy.positive else "no_progression", "quote": quote})


def _death(chart: Chart) -> None:
    patient = chart.patient
    if patient.death is None:
        return
    day, dates = patient.death + timedelta(days=chart.draw.randint(1, 9)), chart.dates()
    values = {**chart.person(day), "death_date": patient.death, "session_date": patient.sessions[-1].day}
    frame = chart.frame("death")
    said = chart.say(chart.choose("death", lambda p: "death_date" in frame.slots | p.slots), values, dates)
    history = told_sessions(chart, patient.sessions, values, dates) if "session_history" in frame.slots else []
    blocks = {"death": [said.text], "session_history": history, "noise": remarks(chart, "death", values, dates)}
    chart.add(frame, day, blocks, values, dates)


def _outcomes(chart: Chart) -> None:
    """By the guide's Outcome: the first progression or residual, unless tissue taken later was free of tumour."""
    by_number = {f"L{t.number + 1}": t for t in chart.patient.treatments}
    for key, treatment in by_number.items():
        seen = sorted((a for a in chart.gold["assessments"] if a["lesion"] == key), key=lambda a: (a["date"], a["modality"] == "pathology"))
        if not seen:
            continue
        called = next((a for a in seen if a["status"] in ("progression", "residual")), None) if treatment.alarm is None else None
        row: Json = {"lesion": key, "event": 1 if called else 0, "event_type": called["status"] if called else None}
        row |= {"event_date": called["date"] if called else None, "last_assessment_date": seen[-1]["date"]}
        if treatment.alarm is not None:
            row["withdrawn"] = True
        chart.gold["outcomes"].append(row)


def _patient_row(chart: Chart) -> Json:
    history = chart.gold.pop("history")
    row: Json = {
        "sex": chart.patient.sex if chart.told & GENDERED else None,
        "histology": chart.histology,
        "disease_setting": history["setting"],
        **{f"prior_{kind}": history[kind] for kind in PRIOR},
        "death_date": chart.patient.death.isoformat() if chart.patient.death else None,
    }
    if "birth_date" in chart.told:
        row["birth_date"] = chart.patient.birth.isoformat()
    return row
