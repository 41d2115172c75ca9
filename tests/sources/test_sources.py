"""Notes out of FHIR, HL7 v2, C-CDA, OMOP, RTF and HTML: their words, their fields, and what a bad item costs."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from extractor.errors import InputError
from extractor.markup import Content, Converter
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from extractor.sources import hl7v2
from extractor.sources.rows import note_type
from tests.sources.makers import HTML, RTF, WORDS, attachment, bundle, cda, document, lines, read, report, written

# ---- what kind of note ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "names", "wanted"),
    [
        (["34117-2"], ["History and physical note"], "clinic"),
        (["LP29684-5"], ["CT CHEST W CONTRAST"], "radiology"),
        (["LP29684-5"], ["IR CRYOABLATION RENAL"], "procedure"),
        (["RAD"], ["CT GUIDED BIOPSY"], "procedure"),
        (["RAD"], ["CT ABDOMEN FOLLOW UP ABLATION"], None),
        (["RAD"], [], None),
        ([], ["Radiology report"], None),
        ([], ["MRI pelvis"], "radiology"),
        ([], ["Write to us"], None),
        ([], ["Procedure Note"], "procedure"),
        ([], ["Pre-procedure note"], None),
        ([], ["Nursing telephone encounter, phone"], "telephone"),
        ([], ["Discharge Summary"], "discharge"),
        ([], ["Surgical pathology report"], "pathology"),
        ([], ["Progress Notes"], "clinic"),
        ([], ["Letter"], None),
        ([], ["IR PROC"], "procedure"),
        ([], ["IR progress note"], "clinic"),
        ([], ["DS"], "discharge"),
        ([], ["Interventional Radiology"], "procedure"),
        ([], ["IR follow-up"], None),
    ],
)
def test_a_department_does_not_tell_what_its_report_is(codes: list[str], names: list[str], wanted: str | None) -> None:
    assert note_type(codes, names) == wanted


def test_an_ablation_reported_by_radiology_is_a_procedure(tmp_path: Path) -> None:
    words = (
        b"The left renal mass was treated with two cryoprobes and two freeze cycles. The ice ball covered the mass with a margin of 7 mm."
    )
    forms = [report(n, attachment(words, "text/plain"), code={"text": t}) for n, t in (("1", "IR ABLATION RENAL"), ("2", "CT ABDOMEN"))]
    notes, _ = read(written(tmp_path / "b.json", bundle(*forms)))
    assert [n.note_type for n in notes] == ["procedure", "radiology"]
    assert len(abstract(notes[:1]).procedures) == 1


# ---- FHIR -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "media"),
    [
        ("\n\n".join(WORDS).encode(), "text/plain"),
        ("\n\n".join(WORDS).encode("utf-16"), "text/plain; charset=utf-16"),
        (HTML, "text/html"),
        (HTML, "application/octet-stream"),
        (RTF, "application/rtf"),
        (RTF, "text/plain"),
    ],
)
def test_an_attachment_of_any_kind_gives_its_words(tmp_path: Path, data: bytes, media: str) -> None:
    [note], rejects = read(written(tmp_path / "b.json", bundle(document("1", attachment(data, media)))))
    assert tuple(lines(note)) == WORDS
    assert (note.note_id, note.patient_id, note.note_date, note.note_type) == ("DocumentReference/1", "P-1", date(2019, 3, 12), "procedure")
    assert rejects == []


def test_a_report_is_dated_by_its_exam_and_read_from_its_plainest_form(tmp_path: Path) -> None:
    pdf, page, plain = attachment(b"%PDF", "application/pdf"), attachment(HTML, "text/html"), attachment(b"No recurrence.", "text/plain")
    notes, rejects = read(
        written(tmp_path / "b.json", bundle(report("1", pdf, page, plain), report("2", pdf), report("3", conclusion="Stable.")))
    )
    assert [(n.text, n.note_date, n.note_type) for n in notes] == [
        ("No recurrence.", date(2019, 6, 1), "radiology"),
        ("Stable.", date(2019, 6, 1), "radiology"),
    ]
    assert [(r.row, r.reason) for r in rejects] == [
        ("entry 2", "DiagnosticReport: application/pdf is not read; text, HTML, RTF and CDA are")
    ]


def test_bulk_data_streams_and_finds_binaries_beside_it(tmp_path: Path) -> None:
    linked = document("1", {"contentType": "text/html", "url": "https://server.example/fhir/Binary/b-9"})
    lost = document("2", {"contentType": "text/html", "url": "file:///etc/passwd"})
    (tmp_path / "DocumentReference.ndjson").write_text(json.dumps(linked) + "\n" + json.dumps(lost) + "\nnot json\n\n[1]\n")
    (tmp_path / "Binary.ndjson").write_text(
        '{"resourceType":"Patient","id":"P-1"}\n'
        + json.dumps({"resourceType": "Binary", "id": "b-9", "contentType": "text/html", "data": base64.b64encode(HTML).decode()})
    )
    notes, rejects = read(tmp_path)
    assert [n.note_id for n in notes] == ["DocumentReference/1"]
    assert notes[0].source == f"{tmp_path.name}:DocumentReference.ndjson, line 1"
    assert [r.row.rpartition(", ")[2] for r in rejects] == ["line 2", "line 3", "line 5"]
    assert "link" in rejects[0].reason


def test_packed_bulk_data_and_bundles_by_content(tmp_path: Path) -> None:
    line = json.dumps(document("1", attachment(HTML, "text/html"))) + "\n"
    (tmp_path / "x.ndjson.gz").write_bytes(gzip.compress((line + line.replace('"id": "1"', '"id": "2"')).encode()))
    assert len(read(tmp_path / "x.ndjson.gz")[0]) == 2
    pretty = tmp_path / "b.json"
    pretty.write_text(json.dumps(bundle(document("1", attachment(HTML, "text/html"))), indent=2))
    assert len(read(pretty)[0]) == 1
    own = written(tmp_path / "n.jsonl", {"note_id": "1", "patient_id": "A", "note_date": "2020-01-01", "text": '"resourceType": "Bundle"'})
    assert read(own)[0][0].note_id == "1"


def test_packed_binaries_and_a_report_that_stands_there_twice(tmp_path: Path) -> None:
    link = {"contentType": "text/html", "url": "Binary/b-9"}
    binary = {"resourceType": "Binary", "id": "b-9", "contentType": "text/html", "data": base64.b64encode(HTML).decode()}
    (tmp_path / "Binary.ndjson.gz").write_bytes(gzip.compress(("\n" + json.dumps(binary) + "\n").encode()))
    (tmp_path / "DiagnosticReport.ndjson").write_text(json.dumps(report("r", link)) + "\n")
    (tmp_path / "DocumentReference.ndjson").write_text(json.dumps(document("d", link)) + "\n")
    notes, rejects = read(tmp_path)
    assert [(n.note_id, tuple(lines(n))) for n in notes] == [("DiagnosticReport/r", WORDS)]
    assert [r.reason for r in rejects] == ["DocumentReference: its attachment was read as that of DiagnosticReport/r"]
    alone = written(tmp_path / "b.json", bundle(document("d", link), binary, report("r", link)))
    notes, rejects = read(alone)
    assert ([n.note_id for n in notes], [r.row for r in rejects]) == (["DiagnosticReport/r"], ["entry 1"])


def test_a_folder_of_packed_files_and_one_that_is_cut_off(tmp_path: Path) -> None:
    packed = [gzip.compress((json.dumps(document(n, attachment(HTML, "text/html"))) + "\n").encode()) for n in ("1", "2")]
    (tmp_path / "a.ndjson.gz").write_bytes(packed[0])
    (tmp_path / "b.json.gz").write_bytes(packed[1])
    (tmp_path / "c.ndjson.gz").write_bytes(packed[1][:-20])
    (tmp_path / "d.ndjson.gz").write_bytes(b"no gzip")
    notes, rejects = read(tmp_path)
    assert [n.note_id for n in notes] == ["DocumentReference/1", "DocumentReference/2"]
    assert [(r.row, "gzip" in r.reason) for r in rejects] == [("c.ndjson.gz", True), ("d.ndjson.gz", True)]
    with pytest.raises(EOFError):
        read(tmp_path / "c.ndjson.gz")


def test_bulk_data_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(json.dumps(document("1", attachment(HTML, "text/html"))).encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    for options in ({"format": "fhir"}, {}):
        Stdin.buffer.seek(0)
        assert read("-", **options)[0][0].note_id == "DocumentReference/1"
    with pytest.raises(InputError, match="give a file"):
        read("-", format="hl7")


def test_what_was_withdrawn_is_no_note(tmp_path: Path) -> None:
    form = attachment(b"Words.", "text/plain")
    content = bundle(document("1", form, status="entered-in-error"), document("2", form, status="superseded"), document("3", form))
    notes, rejects = read(written(tmp_path / "b.json", content))
    assert [n.note_id for n in notes] == ["DocumentReference/3"]
    assert [r.reason for r in rejects] == ["DocumentReference: entered in error", "DocumentReference: superseded by another document"]


BROKEN = [
    None,
    7,
    "x",
    [],
    {},
    {"resourceType": 3},
    {"resourceType": "DocumentReference"},
    {**document("x"), "content": "no"},
    {**document("x"), "content": [{"attachment": {"contentType": "text/plain", "data": "%%% no base64 %%%"}}]},
    {**document("x"), "content": [{"attachment": {"data": 12}}]},
    {**document("x", attachment(b"a", "text/plain")), "subject": "P"},
    {**document("x", attachment(b"a", "text/plain")), "date": "whenever"},
    {**document("x", attachment(b"a", "text/plain")), "subject": None},
    document("x", attachment(b"\xff\xfe\x00", "text/plain; charset=utf-8")),
    document("x", attachment(b"\x81\x8d", "text/plain")),
    document("x", attachment(b"x", "text/plain; charset=nonsense")),
    document("x", attachment(b"\x00\x01\x02\x03", "text/plain")),
    document("x", attachment(b"{no rtf", "text/rtf")),
    document("x", attachment(b'{"a": 1}', "application/<script>")),
]


def test_a_malformed_resource_costs_only_itself(tmp_path: Path) -> None:
    good = [document(f"good-{n}", attachment(HTML, "text/html")) for n in range(len(BROKEN))]
    notes, rejects = read(written(tmp_path / "b.json", bundle(*(r for pair in zip(good, BROKEN, strict=True) for r in pair))))
    assert [n.note_id for n in notes] == [f"DocumentReference/good-{n}" for n in range(len(BROKEN))]
    assert [r.row for r in rejects] == [f"entry {2 * n + 2}" for n in range(len(BROKEN))]
    assert not [r for r in rejects if "\n" in r.reason or "<" in r.reason]


def test_a_file_that_is_no_fhir_is_one_reject(tmp_path: Path) -> None:
    for content in (
        b'{"resourceType": "Bundle", "entry": [',
        b'{"resourceType": "Bundle", "a":' + b"[" * 200_000,
        b'{"resourceType":"Patient"}',
    ):
        notes, rejects = read(written(tmp_path / "b.json", content))
        assert notes == []
        assert len(rejects) == 1


def test_offsets_refer_to_the_text_as_read(tmp_path: Path, reader: Reader) -> None:
    page = b"<p>PROCEDURE: CT-guided <b>cryo</b>ablation of a left renal mass, 31&nbsp;mm.</p><p>COMPLICATIONS: Small&#32;<i>pneumo</i>thorax, observed.</p>"
    notes, _ = read(written(tmp_path / "b.json", bundle(document("1", attachment(page, "text/html")))))
    chart = abstract(notes, reader)
    assert chart.procedures[0]["modality"] == "cryoablation"
    assert [r["term"] for r in chart.complications] == ["pneumothorax"]
    assert chart.mentions
    assert all(notes[0].text[m.start : m.end] == m.text for m in chart.mentions)


# ---- C-CDA ----------------------------------------------------------------------------------------------------------------


def test_a_clinical_document_gives_its_narrative(tmp_path: Path) -> None:
    [note], rejects = read(written(tmp_path / "d.xml", cda()))
    assert list(lines(note)) == ["Procedure Note", "Findings", "The ice ball covered the mass.", "Lesion | Margin", "1 | 4 mm"]
    assert (note.note_id, note.patient_id, note.note_date, note.note_type) == ("D-1", "P-1", date(2019, 3, 12), "procedure")
    assert rejects == []


@pytest.mark.parametrize(("media", "data"), [("text/html", HTML), ("text/rtf", RTF)])
def test_a_body_that_is_no_xml(tmp_path: Path, media: str, data: bytes) -> None:
    inner = f'<component><nonXMLBody><text mediaType="{media}" representation="B64">{base64.b64encode(data).decode()}</text></nonXMLBody></component>'
    [note], _ = read(written(tmp_path / "d.xml", cda(inner)))
    assert tuple(lines(note)) == WORDS


def test_a_clinical_document_as_an_attachment(tmp_path: Path) -> None:
    [note], _ = read(written(tmp_path / "b.json", bundle(document("1", attachment(cda(), "application/hl7-cda+xml")))))
    assert "The ice ball covered the mass." in note.text
    assert note.note_id == "DocumentReference/1"


# ---- RTF, HTML and folders ------------------------------------------------------------------------------------------------


def test_a_folder_of_all_kinds(tmp_path: Path) -> None:
    (tmp_path / "A_2020-02-03_clinic.rtf").write_bytes(RTF)
    (tmp_path / "A_2020-02-04_clinic.html").write_bytes(HTML)
    (tmp_path / "A_2020-02-05_clinic.txt").write_text("\n".join(WORDS))
    (tmp_path / "A_2020-02-06_clinic.rtf").write_bytes(b"no rtf at all")
    (tmp_path / "d.xml").write_bytes(cda())
    (tmp_path / "m.hl7").write_bytes(b"MSH|^~\\&|A|B|C|D|2019||ADT^A01|1|P|2.5\rPID|1||P-1\r")
    notes, rejects = read(tmp_path)
    assert [n.patient_id for n in notes] == ["A", "A", "A", "P-1"]
    assert all(tuple(lines(n)) == WORDS for n in notes[:3])
    assert [(r.row, r.reason) for r in rejects] == [
        ("A_2020-02-06_clinic.rtf", "not RTF"),
        ("m.hl7, message 1", "a message of type ADT; ORU and MDM are read"),
    ]
    [note], _ = read(tmp_path / "A_2020-02-03_clinic.rtf")
    assert (note.patient_id, note.note_date) == ("A", date(2020, 2, 3))


def test_a_manifest_names_marked_up_files(tmp_path: Path) -> None:
    (tmp_path / "one.rtf").write_bytes(RTF)
    (tmp_path / "two.html").write_bytes(HTML.replace(b"4&nbsp;mm", "Größe".encode("cp1252")))
    (tmp_path / "m.csv").write_text("file,patient_id,note_date\none.rtf,A,2020-01-01\ntwo.html,A,2020-01-02\n")
    notes, _ = read(tmp_path, manifest=tmp_path / "m.csv")
    assert tuple(lines(notes[0])) == WORDS
    assert notes[1].text.endswith("Margin Größe.")


# ---- HL7 v2 ---------------------------------------------------------------------------------------------------------------


def oru(*observations: str, control: str = "M1", order: str = "F-1", charset: str = "") -> str:
    head = f"MSH|^~\\&|RIS|H|X|Y|20190602||ORU^R01|{control}|P|2.5.1" + (f"||||||{charset}" if charset else "")
    return (
        "\r".join((head, "PID|1||P-1^^^H^MR||DOE^J", f"OBR|1|O-1|{order}|71260^CT|||201906011200|||||||||||||||||RAD", *observations))
        + "\r"
    )


def test_results_with_lines_escapes_and_repetitions(tmp_path: Path) -> None:
    message = oru(
        "OBX|1|TX|1||FINDINGS: Ice ball \\T\\ margin.||||||F",
        "OBX|2|FT|1||Line one\\.br\\line two~line three||||||F",
        "OBX|3|NM|2||12||||||F",
    )
    [note], rejects = read(written(tmp_path / "m.hl7", message.encode()))
    assert note.text == "FINDINGS: Ice ball & margin.\nLine one\nline two\nline three"
    assert (note.note_id, note.patient_id, note.note_date, note.note_type) == ("F-1/M1", "P-1", date(2019, 6, 1), "radiology")
    assert rejects == []


@pytest.mark.parametrize(("kind", "data"), [("RTF", RTF), ("HTML", HTML)])
def test_encapsulated_documents(tmp_path: Path, kind: str, data: bytes) -> None:
    packed = base64.b64encode(data).decode()
    message = "\r".join(
        (
            "MSH|^~\\&|RIS|H|X|Y|20190602||MDM^T02|M7|P|2.5.1",
            "PID|1||P-1^^^H^MR",
            "TXA|1|OP||201903120900||||||||DOC-5^H",
            f"OBX|1|ED|1||H^TEXT^{kind}^Base64^{packed}||||||F",
        )
    )
    [note], _ = read(written(tmp_path / "m.hl7", message.encode()))
    assert tuple(lines(note)) == WORDS
    assert (note.note_id, note.note_date) == ("DOC-5/M7", date(2019, 3, 12))


def test_batches_frames_corrections_and_broken_messages(tmp_path: Path) -> None:
    good, corrected = oru("OBX|1|TX|1||One.||||||F"), oru("OBX|1|TX|1||Two.||||||C", control="M2")
    wrong = oru("OBX|1|TX|1||Other patient.||||||W", control="M3")
    broken = "MSH|^~\\&|garbage"
    garbage = oru("OBX|1|ED|1||H^TEXT^RTF^Base64^%%%||||||F", control="M5")
    latin = oru("OBX|1|TX|1||Größe.||||||F", control="M6", charset="8859/1").encode("latin-1")
    frames = b"".join(b"\x0b" + m.encode() + b"\x1c\r" for m in (good, corrected, wrong, broken, garbage)) + b"\x0b" + latin + b"\x1c\r"
    notes, rejects = read(written(tmp_path / "m.hl7", b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + frames + b"BTS|6\rFTS|1\r"))
    assert [(n.note_id, n.text) for n in notes] == [("F-1/M1", "One."), ("F-1/M2", "Two."), ("F-1/M6", "Größe.")]
    assert [r.row for r in rejects] == ["message 3", "message 4", "message 5"]
    assert rejects[2].reason == "an ED value that is not base64"


def test_a_long_file_is_read_in_pieces(tmp_path: Path) -> None:
    words = "OBX|1|TX|1||" + "Stable appearance. " * 40 + "||||||F"
    content = "\n".join(oru(words, control=f"M{n}") for n in range(3_000)).encode()
    assert len(content) > 2 * hl7v2.BLOCK
    notes, rejects = read(written(tmp_path / "m.hl7", content))
    assert [n.note_id for n in notes] == [f"F-1/M{n}" for n in range(3_000)]
    assert len({n.text for n in notes}) == 1
    assert rejects == []


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (rb"{\rtf1\ansi Seen {\deleted no }{\v hidden }{\b recurrence}.}", "text/rtf"),
        (b"<p>Seen <del>no </del><span style='Display : none'>hidden </span><span hidden>hidden</span><b>recurrence</b>.", "text/html"),
        (
            b"<ClinicalDocument><component><structuredBody><component><section><text>Seen <content revised='delete'>no <b>x</b></content>"
            b"<content>recurrence</content>.</text></section></component></structuredBody></component></ClinicalDocument>",
            "text/xml",
        ),
    ],
)
def test_what_was_deleted_or_is_hidden_is_not_read(data: bytes, media: str) -> None:
    with Converter() as convert:
        assert convert.text(Content(data, media)) == "Seen recurrence."


# ---- OMOP -----------------------------------------------------------------------------------------------------------------


def test_the_note_table_of_a_database(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'cdm.db'}"
    with sa.create_engine(address).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE note (note_id integer, person_id integer, note_date date, note_title text, note_text text)"
        )
        connection.exec_driver_sql(
            "INSERT INTO note VALUES (2, 7, '2020-01-02', 'clinic', 'Well.'), (1, 7, '2020-01-01', 'x', ''), (3, 8, NULL, NULL, 'a')"
        )
    notes, rejects = read(address)
    assert [(n.note_id, n.patient_id, n.note_date, n.note_type, n.text) for n in notes] == [("2", "7", date(2020, 1, 2), "clinic", "Well.")]
    assert [(r.row, r.reason) for r in rejects] == [("note 1", "no text"), ("note 3", "no date")]


def test_errors_of_a_database_hide_its_password(tmp_path: Path) -> None:
    for address in (
        f"sqlite:///{tmp_path / 'none.db'}",
        "postgresql+psycopg://me:secret@127.0.0.1:1/cdm",
        "nothing://me:secret@x?password=secret",
    ):
        with pytest.raises(InputError) as error:
            read(address)
        assert "secret" not in str(error.value)
        assert "\n" not in str(error.value)
    assert not (tmp_path / "none.db").exists()
