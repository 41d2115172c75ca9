"""Adverse events and coverage in the words of many hospitals: short notes, and what a careful reader takes from each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from extractor.model import Chart, Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader

DAY = date(2021, 3, 1)
SESSION = """PROCEDURE: CT-guided percutaneous cryoablation, {where}
DATE: 1 March 2021
ANESTHESIA: general
TECHNIQUE: Prone. Two cryoprobes in the {where}, 21 mm. Two freezes of ten minutes. {told}
{more}"""
WHERE = {
    "lung": "left lower lobe nodule",
    "liver": "segment 6 liver metastasis",
    "psoas": "left psoas mass",
    "bone": "right iliac metastasis",
    "kidney": "left kidney mass",
    "rib": "left seventh rib metastasis",
}


def session(where: str, told: str, more: str = "") -> Note:
    return Note("a", "A", DAY, SESSION.format(where=WHERE[where], told=told, more=more), "procedure")


def after(where: str, kind: str, days: int, text: str, reader: Reader) -> Chart:
    """The chart of a session and of a note written some days after it; of the session's own note where the kind is that."""
    if kind == "procedure":
        return abstract([session(where, "Ice covers it.", text)], reader)
    return abstract([session(where, "Ice covers it."), Note("b", "A", DAY + timedelta(days), text, kind)], reader)


@pytest.mark.parametrize(
    ("where", "kind", "days", "text", "events"),
    [
        ("psoas", "pathology", 20, "Core of the zone. No tumor. Comment: giant cells after thermal injury, as here, can be avid.", ""),
        ("lung", "nursing", 1, "No pneumothorax - film at 6. Bleeding - none.", ""),
        ("liver", "procedure", 0, "Perihepatic fluid, likely blood, not requiring treatment (SIR B).", "hemorrhage:mild"),
        ("kidney", "discharge", 1, "Blood clots passed in recovery, three-way catheter overnight.", "hemorrhage:moderate"),
        ("psoas", "discharge", 14, "The laparotomy wound was infected on day 12 and laid open.", ""),
        ("lung", "procedure", 0, "AEs by CTCAE: atrial fibrillation G2, pleural effusion G1.", "cardiac:moderate pleural_effusion:mild"),
        ("lung", "clinic", 10, "Known atrial fibrillation, on apixaban.", ""),
        ("bone", "clinic", 36, "A sinus with pus for ten days; the scan shows osteomyelitis. Admit for washout.", "infection:severe"),
        ("psoas", "clinic", 9, "CT with contrast leak from the sigmoid beside the zone.", "bowel_injury:None"),
        ("lung", "clinic", 300, "Large right effusion today, ten months from any procedure.", ""),
        ("lung", "discharge", 2, "Small effusion on the film. The effusion is from his cirrhosis.", ""),
        ("lung", "procedure", 0, "The planning scan had a small right pneumothorax, which is the result of that block.", ""),
        ("lung", "discharge", 1, "The small pneumothorax from the anesthesia block was gone this morning.", ""),
        ("psoas", "discharge", 2, "# Hematuria, clear by discharge, from the double-J stent. Stent out in 1 week.", ""),
        ("psoas", "nursing", 1, "Numb patch over the flank as told she would have. No weakness.", ""),
        ("kidney", "clinic", 14, "Serum creatinine climbed to 190; nephrology attribute this to his gastroenteritis. Now back at 95.", ""),
        ("psoas", "clinic", 21, "Left foot drop since a motorcycle crash on 15 March; peroneal nerve at the fibular head.", ""),
        ("psoas", "clinic", 21, "Left foot drop since 2 March; neurology attribute this to the freezing.", "nerve_injury:None"),
        ("rib", "clinic", 9, "Blister of the left flank, from the seat belt.", ""),
        ("psoas", "discharge", 1, "The numb patch of the left thigh is the same as before, no larger.", ""),
        ("psoas", "discharge", 1, "Swollen left calf; duplex excluded DVT.", ""),
        ("psoas", "telephone", 12, "A wound infection on Monday; the district nurse puts it down to the old drain.", ""),
        ("lung", "discharge", 1, "Film today: left effusion, which was there on the planning CT and is no bigger.", ""),
        (
            "psoas",
            "discharge",
            1,
            "Last night he could not lift the left foot, in keeping with a peroneal nerve palsy.",
            "nerve_injury:None",
        ),
        ("psoas", "discharge", 1, "Left quad 4+/5 = pre-op.", ""),
        ("psoas", "telephone", 9, "Numb right thumb from the crash of 2014, same.", ""),
        ("bone", "procedure", 0, "Stress fracture of the ramus seen on the planning CT.", ""),
        ("bone", "procedure", 0, "Brief ooze at the probe site, dry after five minutes of pressure.", ""),
        (
            "kidney",
            "discharge",
            1,
            "BP dropped to 82/44 that night. Angiography showed active extravasation, coiled.",
            "hemorrhage:moderate",
        ),
        ("bone", "telephone", 2, "Hip pain not controlled by oxycodone, sent for an injection.", "pain:*"),
        ("bone", "clinic", 90, "New break through the left ilium where the lesion was frozen.", "fracture:None"),
        (
            "kidney",
            "clinic",
            80,
            "Left ureter narrowed where it crosses the ablation zone; double-J stent placed.",
            "urinary_injury:moderate",
        ),
        ("lung", "clinic", 3, "Air gap at the left apex. Needle aspiration 450 mL.", "pneumothorax:moderate"),
        ("psoas", "discharge", 1, "New left foot drop, 3/5 compared with pre-op 5/5.", "nerve_injury:None"),
        ("psoas", "discharge", 1, "Left quad 4+/5, full before.", "nerve_injury:None"),
        ("psoas", "clinic", 20, "The tingling of the foot that preceded treatment has almost gone.", ""),
        ("psoas", "telephone", 3, "Wounds: dry\nLeg weakness or numbness: none new; thigh as always", ""),
        ("psoas", "discharge", 1, "This morning a numb left thigh; neurology calls it a plexus neuropathy from cold.", "nerve_injury:None"),
        ("lung", "clinic", 25, "In hospital last week with pneumonia of the right lung, the side we did not treat; antibiotics.", ""),
        ("psoas", "discharge", 1, "Mild ileus was feared but bowels opened.", ""),
        ("liver", "clinic", 25, "When the port was changed on 20 March he had a pneumothorax, treated with a drain.", ""),
        (
            "liver",
            "discharge",
            4,
            "An implantable chamber was placed on 4 March; hematoma in the evening, due to this insertion, observed.",
            "",
        ),
        ("liver", "clinic", 25, "Haematoma of the pocket of 20 March, compressed.", ""),
        ("psoas", "clinic", 25, "Since last visit: UTI, nitrofurantoin, not thought to be related to the procedure.", ""),
        ("bone", "clinic", 30, "The wound over the nail was infected and needed cephalexin. Cryo site quiet.", ""),
        ("bone", "clinic", 28, "DVT of the right calf since 20 March; hematology thinks the long flight is to blame.", ""),
        ("rib", "clinic", 9, "Blister on the heel from new shoes.", ""),
        (
            "psoas",
            "clinic",
            20,
            "Two days after we treated him the left knee gave way: quadriceps 3/5. On gabapentin.",
            "nerve_injury:moderate",
        ),
        (
            "psoas",
            "clinic",
            20,
            "Left hydronephrosis with a stricture of the ureter. It is a thermal injury by the ice. A stent was placed. All agree on grade: moderate (SIR).",
            "urinary_injury:moderate",
        ),
        (
            "psoas",
            "discharge",
            8,
            "Laparotomy 5 March 2021: perforation of the anterior jejunal wall, resected. The tumour came out with it. Cause: thermal injury by the cryoablation.",
            "bowel_injury:severe",
        ),
        ("lung", "procedure", 0, "A left pneumothorax, and his saturation sank to 84%. A pigtail was placed.", "pneumothorax:moderate"),
        ("lung", "procedure", 0, "SpO2 fell to 83 percent. The reason was a left pneumothorax, tapped.", "pneumothorax:moderate"),
        (
            "liver",
            "discharge",
            7,
            "He came back to the emergency room on 7 March 2021 short of breath. CT: a large right effusion, tapped. Home today.",
            "pleural_effusion:moderate",
        ),
        (
            "liver",
            "discharge",
            7,
            "A large right effusion was tapped and he left twenty hours after he arrived.",
            "pleural_effusion:moderate",
        ),
        ("psoas", "clinic", 30, "Adverse events (CTCAE 5): paraesthesia grade 1, related to the ablation.", "nerve_injury:mild"),
        ("lung", "procedure", 0, "Pneumothorax with hypotension, pigtail placed.", "pneumothorax:moderate"),
        ("lung", "procedure", 0, "At the end the hemorrhage/ice zone reached 8 mm past the nodule.", ""),
        (
            "lung",
            "procedure",
            0,
            "A ground-glass/hemorrhage cuff of 6 mm on every side. Moderate left pneumothorax, 12 Fr drain.",
            "pneumothorax:moderate",
        ),
        ("liver", "clinic", 8, "The liver biopsy last Friday was followed by a hematoma of the capsule, seen to be stable.", ""),
        ("liver", "discharge", 9, "A hematoma from the drain insertion was seen on 8 March, stable.", ""),
        (
            "liver",
            "telephone",
            7,
            "Bile leak on HIDA. The surgeons say that it stems from the cholecystectomy, and the ablated area looks dry.",
            "",
        ),
        ("lung", "clinic", 300, "Left effusion from pleural metastases drained twice elsewhere, no notice of it before.", ""),
        ("lung", "procedure", 0, "Closing scan: a little pleural fluid, which I hold to be our saline.", ""),
        (
            "kidney",
            "clinic",
            20,
            "Ureteral stricture found 12 March 2021, from thermal injury; JJ stent placed.",
            "urinary_injury:moderate",
        ),
        ("lung", "nursing", 0, "Film: large left effusion, new. Hgb 7.8. CT: left hemothorax, tube placed.", "hemothorax:moderate"),
        ("psoas", "clinic", 14, "The flap over target 1 opened on 10 March 2021, now a vacuum dressing.", "wound_complication:*"),
        ("liver", "clinic", 14, "Pancreatitis after the ablation, CTCAE grade 2.", "other:moderate"),
        (
            "lung",
            "nursing",
            6,
            "Readmit 4 March 2021 with tight chest. Film: left effusion, tapped. Home today.",
            "pleural_effusion:severe",
        ),
        (
            "rib",
            "procedure",
            0,
            "Pain far beyond what is expected, 9/10, and was kept in on an intravenous opioid until 3 March 2021.",
            "pain:severe",
        ),
        ("lung", "discharge", 1, "Home. Come to the ED for chest pain, coughing up blood, temp over 38.", ""),
        ("lung", "radiology", 1, "CHEST FILM\nIMPRESSION: Trace effusion as usual after this procedure.", ""),
        ("kidney", "procedure", 0, "As foreseen, the blood pressure rose to 200 for three minutes.", ""),
        ("lung", "radiology", 20, "CT CHEST 21 March 2021\nFINDINGS: Small right pneumothorax. The left zone is as expected.", ""),
        ("lung", "clinic", 20, "Seen for a right pneumothorax.", ""),
        ("lung", "clinic", 20, "Seen for a left pneumothorax.", "pneumothorax:None"),
        ("kidney", "discharge", 9, "Sigmoid colectomy on 3 March. Wound infection, opened on the ward.", ""),
        ("liver", "radiology", 28, "CT ABDOMEN 29 March 2021\nHematoma of the rectus sheath at the enoxaparin injection site.", ""),
        (
            "liver",
            "discharge",
            15,
            "Admitted 12 March 2021 with rigors. CT: abscess at the segment 6 zone. Pigtail drain. Home 16 March.",
            "infection:severe",
        ),
        (
            "bone",
            "clinic",
            250,
            "Femur fracture through a metastasis, away from the prior iliac cryoablation. It is not due to any procedure.",
            "",
        ),
        (
            "lung",
            "telephone",
            3,
            "Wife rang: since Tuesday he has been short of breath. Film in our ED: lung down by a third on the treated side. 12 Fr drain, one night, out next day.",
            "pneumothorax:moderate",
        ),
        (
            "lung",
            "procedure",
            0,
            "Post-ablation CT: rim of air in the left pleural space, 8 mm, same at 3 h. Nothing done.",
            "pneumothorax:mild",
        ),
        (
            "lung",
            "discharge",
            4,
            "DEATH SUMMARY\nBrisk haemoptysis on day 3, embolised. Cause of death: haemorrhage from the ablated lung.",
            "hemorrhage:death",
        ),
        (
            "lung",
            "clinic",
            8,
            "Pneumonitis since Friday, a major complication; pneumothorax of the final scan, minor.",
            "respiratory:severe pneumothorax:mild",
        ),
        ("psoas", "procedure", 0, "Slow to wake in PACU, naloxone twice, then awake and home.", "anesthesia:moderate"),
        ("liver", "clinic", 12, "Biloma after the cryoablation, pigtail in place since Friday.", "other:moderate"),
        ("psoas", "clinic", 12, "Foot drop - old. Pleural effusion, known for years. All of these problems predate the ablation.", ""),
        ("psoas", "nursing", 1, "New weakness 3/5 of hip flexion.\nADDENDUM: correct grade is severe (SIR 2017).", "nerve_injury:severe"),
        ("lung", "nursing", 1, "Sheet given (breathlessness, coughing blood, pneumothorax). Home.", ""),
        ("lung", "clinic", 14, "The biopsy pneumothorax of January has long cleared. Feels well.", ""),
        ("lung", "clinic", 9, "Three days after the session he coughed up rusty blood twice, stopped by itself.", "hemorrhage:mild"),
        (
            "lung",
            "radiology",
            14,
            "CT CHEST\nIMPRESSION: Cavitating zone with air-fluid level and a track to the pleura: bronchopleural fistula. Chest team informed.",
            "fistula:*",
        ),
        (
            "liver",
            "discharge",
            2,
            "DISCHARGE SUMMARY\nCryoablation of the segment 6 liver metastasis on 1 March 2021.\nCOURSE: Overnight Hb fell from 121 to 84; CT: subcapsular haematoma. Two units given, home on day 3.",
            "hemorrhage:moderate",
        ),
        (
            "liver",
            "clinic",
            12,
            "She spiked to 39.4 with rigors on 9 March 2021. US: gas-containing collection in the cavity, E. coli grown. Percutaneous drain, meropenem, 8 days in hospital.",
            "infection:severe",
        ),
        (
            "liver",
            "procedure",
            0,
            "During the second thaw platelets crashed, she became hypotensive and anuric: cryoshock. Transferred to ICU on noradrenaline, CVVH for 3 days.",
            "cryoshock:life_threatening",
        ),
        ("liver", "clinic", 20, "Bile leak from the probe track showed itself on 15 March 2021; ERCP stent, two nights.", "fistula:*"),
        ("kidney", "clinic", 25, "Urinoma on the left found 22 March 2021. JJ stent under sedation, day case.", "urinary_injury:moderate"),
        (
            "kidney",
            "procedure",
            0,
            "COMPLICATIONS: Needle tract bled briskly when the last probe came out; gelfoam, angiography and a coil in a lower pole branch. CIRSE 3.",
            "hemorrhage:moderate",
        ),
        (
            "psoas",
            "nursing",
            1,
            "Cannot extend the left knee against gravity since waking. Thigh skin numb. Dexamethasone started.",
            "nerve_injury:moderate",
        ),
        (
            "psoas",
            "clinic",
            14,
            "Burning along the front of the thigh since the cryo. Amitriptyline 10 mg at night. CTCAE grade 2.",
            "nerve_injury:moderate",
        ),
        (
            "psoas",
            "discharge",
            3,
            "DISCHARGE SUMMARY\nCryoablation of the left psoas mass on 1 March 2021.\nCOURSE: Stay prolonged by paralytic ileus, nasogastric tube for 3 days.",
            "bowel_injury:*",
        ),
        (
            "psoas",
            "telephone",
            6,
            "Left calf swollen and tense. Duplex: clot in the popliteal vein. Started rivaroxaban. Thought to be from lying still for four hours at the cryo.",
            "thromboembolism:moderate",
        ),
        (
            "bone",
            "clinic",
            28,
            "Slipped capsule of skin: a coin-sized full-thickness ulcer above the iliac crest where the ice came close. Surgical debridement under GA on 24 March 2021.",
            "skin_injury:severe",
        ),
        (
            "bone",
            "radiology",
            29,
            "CT PELVIS\nFINDINGS: New undisplaced break through the frozen part of the iliac wing.\nIMPRESSION: Fracture through the ablated bone.",
            "fracture:*",
        ),
        ("rib", "procedure", 0, "ADVERSE EVENTS: one - frostbite, 2 x 1 cm, over the probe. Dressed. SIR mild.", "skin_injury:mild"),
        (
            "rib",
            "nursing",
            0,
            "Pain 9/10 on waking, far beyond what is usual here, fentanyl PCA overnight and an extra day.",
            "pain:moderate",
        ),
        ("lung", "procedure", 0, "At extubation laryngospasm; reintubated, ventilated overnight on ICU. SIR severe.", "*:severe"),
        (
            "psoas",
            "procedure",
            0,
            "COMPLICATIONS: grade IV hypertensive crisis 240/130 while freezing next to the adrenal, nitroprusside, settled within minutes, no sequelae.",
            "hypertension:*",
        ),
        (
            "kidney",
            "discharge",
            4,
            "DISCHARGE SUMMARY\nCryoablation of left kidney mass on 1 March 2021.\nCOURSE: creatinine went from 98 to 310, peak day 3, no dialysis. Kept four extra days for this.",
            "renal_failure:severe",
        ),
        (
            "liver",
            "nursing",
            1,
            "Shivering, 38.9 and muscle aches for two days after the ablation, more than we told her to expect; the registrar calls it post-ablation syndrome. Paracetamol.",
            "post_ablation_syndrome:mild",
        ),
        (
            "bone",
            "discharge",
            4,
            "DISCHARGE SUMMARY\nCryoablation of the right iliac metastasis on 1 March 2021.\nCOURSE: Dark urine, CK 43 000: rhabdomyolysis. Alkaline diuresis, ICU two days.",
            "rhabdomyolysis:severe",
        ),
        (
            "liver",
            "clinic",
            21,
            "Pleural effusion on the right since the ablation of the dome, tapped on 15 March 2021, 1.2 l.",
            "pleural_effusion:moderate",
        ),
        ("rib", "clinic", 15, "Haemothorax on day 5, VATS evacuation 7 March 2021.", "hemothorax:severe"),
        (
            "lung",
            "clinic",
            -5,
            "Consented for cryoablation. I mentioned air round the lung needing a drain in one in four, bleeding, coughing up blood, and rarely an air bubble to the brain.",
            "",
        ),
        (
            "lung",
            "procedure",
            0,
            "CONSENT: Pneumothorax (30 %), chest drain (10 %), haemoptysis, empyema, death <1 % explained; accepted.",
            "",
        ),
        (
            "psoas",
            "discharge",
            1,
            "DISCHARGE SUMMARY\nCryoablation of the left psoas mass on 1 March 2021.\nADVICE: ring us if the leg goes weak or numb, if the wound oozes or turns black, if you cannot pass water, or if pain gets worse than today.",
            "",
        ),
        ("psoas", "nursing", 1, "No weakness, no numbness, no bleeding, passing urine. Site dry.", ""),
        ("kidney", "nursing", 1, "Urine clear. No retention. No haematoma palpable.", ""),
        (
            "lung",
            "procedure",
            0,
            "The lung was deliberately let down with 400 ml of air to move it off the chest wall, and aspirated at the end.",
            "",
        ),
        (
            "lung",
            "radiology",
            20,
            "CT CHEST\nFINDINGS: Expected haemorrhagic halo around the zone. Small dependent atelectasis. No effusion.\nIMPRESSION: Expected changes.",
            "",
        ),
        (
            "liver",
            "discharge",
            1,
            "DISCHARGE SUMMARY\nCryoablation of segment 6 liver metastasis on 1 March 2021.\nCOURSE: low-grade fever and shoulder-tip pain as always after liver work. Paracetamol.",
            "",
        ),
        ("bone", "clinic", 14, "Known left foot drop since the 2016 resection, unchanged.", ""),
        ("bone", "clinic", 14, "He had a DVT after his hip operation in 2012.", ""),
        ("kidney", "clinic", 20, "Port-site cellulitis on 12 March 2021 after the port was changed; flucloxacillin.", ""),
        ("lung", "clinic", 20, "Neuropathy of both feet from vincristine persists.", ""),
        ("liver", "clinic", 20, "Pneumothorax at the biopsy in January had needed a drain; this time nothing of the sort.", ""),
        ("rib", "clinic", 20, "His brother died of a pulmonary embolism last week.", ""),
        ("rib", "telephone", 2, "Asks what a blister would look like. Skin is fine. Told to look for blisters, redness, pus.", ""),
        ("lung", "procedure", 0, "Rescue equipment for pneumothorax and air embolism was in the room.", ""),
        (
            "psoas",
            "procedure",
            0,
            "To avoid nerve injury, the femoral nerve was monitored; to avoid bowel injury the colon was displaced with 500 ml dextrose.",
            "",
        ),
        (
            "psoas",
            "procedure",
            0,
            "Skin protected with warm saline gloves to prevent frostbite. Systolic kept above 110 to prevent hypotension.",
            "",
        ),
        ("liver", "procedure", 0, "BP 118/70 to 132/80 throughout; sats 98 %. EBL minimal. No immediate complication.", ""),
        (
            "kidney",
            "discharge",
            1,
            "DISCHARGE SUMMARY\nCryoablation of left kidney mass on 1 March 2021.\nPMH: paroxysmal atrial fibrillation, old MI, rib fractures 2009, chronic kidney disease.\nCOURSE: uneventful.",
            "",
        ),
        ("psoas", "clinic", 18, "The haematoma in the left groin came from the arterial line.", ""),
        ("lung", "other", 30, "MDT: risk of pneumothorax and haemorrhage weighed against another wedge; proceed in May.", ""),
        ("lung", "clinic", 20, "Had flu-like illness and pneumonia in January; lungs clear on the day of the ablation.", ""),
        ("bone", "clinic", 20, "He fell on ice in the car park on 18 March 2021 and broke his wrist.", ""),
        ("lung", "procedure", 0, "Standard 1 mm perifissural air, physiological. Nil adverse.", ""),
        ("rib", "procedure", 0, "Intercostal block with bupivacaine at the end: the numb area over the rib is from that and will go.", ""),
        ("liver", "nursing", 0, "Recovery checks: haematoma N, PTX N, N/V N, neuro deficit N.", ""),
        ("psoas", "telephone", 3, "Bit of bruising at the needle sites, as one would expect. Otherwise well.", ""),
        (
            "kidney",
            "radiology",
            60,
            "CT ABDOMEN\nFINDINGS: Hydronephrosis on the right, known since 2018, unchanged. Simple effusion right base due to heart failure.",
            "",
        ),
        ("liver", "clinic", 13, "Complications: none other than a bruise.", ""),
        ("lung", "clinic", 40, "Surgery for the hernia was complicated by wound infection.", ""),
        (
            "lung",
            "discharge",
            4,
            "Date of admission: March 1, 2021\nDate of discharge: March 5, 2021\nPneumothorax with a pigtail; because the leak did not seal we had to keep him for a further three days.",
            "pneumothorax:severe",
        ),
        ("lung", "procedure", 0, "The ice, as outlined by the surrounding hemorrhage, reached beyond the nodule on every side.", ""),
        ("bone", "discharge", 1, "Partial weight bearing for four weeks as a precaution against fracture.", ""),
        ("psoas", "nursing", 1, "Dressing dry. ED for weakness of the leg or signs of infection.", ""),
        ("psoas", "procedure", 0, "Hoarse voice noted before the first freeze, from the block.", ""),
        ("psoas", "discharge", 20, "Urinary retention on 3/18 after anesthesia for this operation, straight cath once.", ""),
        (
            "psoas",
            "clinic",
            16,
            "#Right arm DVT\nUltrasound: clot in the right axillary vein, around the port catheter. Catheter-related thrombosis; the port is the reason. Apixaban.",
            "",
        ),
        ("psoas", "radiology", 70, "Zone 19 mm in subcutaneous fat with fat necrosis at the ablation site, no enhancement.", ""),
        (
            "psoas",
            "discharge",
            25,
            "Admitted 03/20/2021, discharged 03/26/2021.\nReason: rigors since the morning.\nCourse: CT 3/20 showed an abscess in the ablation cavity. 10 Fr drain, ceftriaxone.",
            "infection:severe",
        ),
        (
            "psoas",
            "discharge",
            25,
            "Admitted 03/20/2021, discharged 03/26/2021.\nReason: infected ablation cavity with a discharge through one of the puncture sites.\nIV antibiotics.",
            "infection:severe",
        ),
        (
            "kidney",
            "telephone",
            4,
            "Bloody urine since yesterday. Seen by urology. They put it down to the stent, nothing to do with the ice.",
            "",
        ),
        (
            "liver",
            "discharge",
            45,
            "Admitted 4 April 2021.\nLeft nephrectomy 5 April 2021. POD 2: pulmonary embolism, heparin. POD 4: pneumonia, cefepime.\nBoth are complications of the nephrectomy.",
            "",
        ),
        ("psoas", "clinic", 20, "Well.\nThigh sarcoma resected 06/12/2017, margins clear. Hematoma drained twice.", ""),
        (
            "lung",
            "procedure",
            0,
            "After removal a pneumothorax was seen. Pigtail placed. Admitted for overnight observation.",
            "pneumothorax:moderate",
        ),
        (
            "liver",
            "discharge",
            20,
            "Admission of March 15 to March 21, 2021. She came with rigors and 10 mL of pus were drained. Final diagnosis: abscess of the ablation cavity.",
            "infection:severe",
        ),
        ("lung", "clinic", 25, "Told before: left cryo in 2017 with chest tube; lung cryo 3/2021, scant hemoptysis.", "hemorrhage:None"),
        ("psoas", "nursing", 1, "Doing well. Went through the reasons to call (new leg weakness, drainage).", ""),
        (
            "psoas",
            "procedure",
            0,
            "Discussed with the patient, who works as a nurse: bleeding needing transfusion, abscess, nerve damage, fracture, clots.",
            "",
        ),
        (
            "kidney",
            "procedure",
            0,
            "During the thaw a hypertensive surge settled with one esmolol bolus, as expected near the adrenal.",
            "",
        ),
        (
            "lung",
            "procedure",
            0,
            "FINDINGS: Ice about the nodule.\nEVENTS: Pneumothorax of 20% on the last scan, an 8 Fr pigtail was placed.",
            "pneumothorax:moderate",
        ),
        (
            "psoas",
            "telephone",
            6,
            "Front of the thigh is numb, knee gives way. Femoral nerve injury from the cryo.\n\nPlan: gabapentin, prednisone taper.",
            "nerve_injury:moderate",
        ),
        ("lung", "discharge", 4, "5-day stay for pneumothorax after cryoablation.", "pneumothorax:severe"),
        ("bone", "other", 5, "Pathologic fracture through the frozen ilium.\n\nPlan: to OR tonight.", "fracture:severe"),
        (
            "psoas",
            "other",
            9,
            "Review of a death. Died on day 2 after the ablation, cause not found; charged to the ablation: death, SIR class F.",
            "death:death",
        ),
    ],
)
def test_adverse_events(where: str, kind: str, days: int, text: str, events: str, reader: Reader) -> None:
    """``events``: term:severity, ``*`` where the reader would leave it open."""
    found = sorted(f"{row['term']}:{row['severity']}" for row in after(where, kind, days, text, reader).complications)
    wanted = sorted(events.split())
    assert len(found) == len(wanted), found
    for want, got in zip(wanted, found, strict=True):
        assert all(w in ("*", g) for w, g in zip(want.split(":"), got.split(":"), strict=True)), (want, got)


@pytest.mark.parametrize(
    ("text", "coverage", "margin"),
    [
        ("The ice took in the whole of it and a finger's breadth besides, 12 mm at the least generous place.", "adequate", 12.0),
        ("Ice to tumour edge distances: ant 9, post 7, med 6, lat 11 mm.", "adequate", 6.0),
        ("Ice overlapped the lesion by 8 mm circumferentially.", "adequate", 8.0),
        ("We saw ice all round with at least 7 mm to spare.", "adequate", 7.0),
        ("The mass sits in the middle of the ice ball, which outruns it by 10 mm on every side.", "adequate", 10.0),
        ("Coverage: 100 %, A0.", "adequate", None),
        ("Coverage good.", "adequate", None),
        ("Whole tumour inside the ice. Margins fine.", "adequate", None),
        ("Final CT: lesion entirely enveloped.", "adequate", None),
        ("No residual unfrozen tumour at the end of the second cycle.", "adequate", None),
        ("Margin anterior 8, posterior 3, medial 6 (mm).", "inadequate", 3.0),
        ("Narrowest at the ureter: 2 mm.", "inadequate", 2.0),
        ("Margin of 4 mm against the psoas, elsewhere over a centimetre.", "inadequate", 4.0),
        ("Tumour covered, but only by 2 mm on the bowel side.", "inadequate", 2.0),
        ("At the nerve we stopped at 1 mm of ice past the edge.", "inadequate", 1.0),
        ("Ice 3-4 mm beyond the deep border, 10 mm otherwise.", "inadequate", 3.0),
        ("We accepted a margin of 3 mm medially to spare the ureter.", "inadequate", 3.0),
        ("A cuff of just four millimetres was had on the dorsal aspect.", "inadequate", 4.0),
        ("Ice reached the capsule of the tumour medially and no more.", "inadequate", 0.0),
        ("On the nerve side ice and mass share one border.", "inadequate", 0.0),
        ("Ice edge lines up with tumour edge laterally.", "inadequate", 0.0),
        ("Medially there was no safety margin.", "inadequate", 0.0),
        ("A tongue of tumour toward the foramen stayed out of the ice.", "inadequate", 0.0),
        ("The caudal third could not be treated because of the ureter.", "inadequate", 0.0),
        ("Three quarters of the mass frozen; the rest was given up for the nerve.", "inadequate", 0.0),
        ("Ice did not make it to the upper pole.", "inadequate", 0.0),
        ("The medial 6 mm remain viable on the last scan.", "inadequate", 0.0),
        ("Debulking freeze only, no attempt at the portion around the vessels.", "inadequate", 0.0),
        ("Ice and tumour. Psoas: 6 mm at the hilum, 11 mm elsewhere.", "adequate", 6.0),
        ("Psoas: adequately covered.", "adequate", None),
        ("Left psoas mass: 9 mm in all directions.", "adequate", 9.0),
        ("Cover incomplete dorsally.", "inadequate", 0.0),
        ("I am not happy with the coverage at the upper end.", "inadequate", None),
        ("The heat of the aorta ate into the ice and the margin there is poor.", "inadequate", None),
        ("Left psoas deposit in ice, no better than 3 mm up top.", "inadequate", 3.0),
        ("We wanted 10 mm all round.", None, None),
        ("Planned: 1 cm beyond the tumour in every direction.", None, None),
        ("The ice came within 6 mm of the bowel and 9 mm of the skin.", None, None),
        ("Distance from the tumour to the ureter is 12 mm.", None, None),
        ("Ice ball 48 x 41 mm.", None, None),
        ("Mass wholly within the ice; medially 2 mm of ice is seen beyond it, stopped short of the right ureter.", "inadequate", 2.0),
        (
            "Ice covers the mass all round but at the front, where the iliac vessels are, there are only 3 mm of it past the edge.",
            "inadequate",
            3.0,
        ),
        ("The colon was kept 15 mm outside the ice.", None, None),
        ("The dorsal corner of the mass is not caught in the ice.", "inadequate", 0.0),
        ("All of the tumour is inside it except a wedge against the cava, 5 mm deep.", "inadequate", 0.0),
        ("I wanted 1 cm around but got 7 mm above and below.", "adequate", 7.0),
        ("Collecting system not in the ice. Ice covers the mass.", "adequate", None),
        ("The mass sits in the middle of its ice with 6 mm on the tightest side.", "adequate", 6.0),
        ("Ice 6 to 8 mm the whole way round.", "adequate", 6.0),
        ("The ureter was not covered by the ice.", None, None),
        ("The films from her first hospital have not reached us.", None, None),
        ("Deep down, the ice lies level with its edge.", "inadequate", 0.0),
        ("A second nodule, 8 mm, was left for another day.", None, None),
        ("A tongue of it extends 4 mm beyond the ice at the root.", "inadequate", 0.0),
        ("The mass juts out of the ice by 3 mm near the ureter.", "inadequate", 0.0),
        ("Ice scarcely covers the mass.", "inadequate", 0.0),
        ("Nowhere does the mass reach beyond the ice; margin 6 mm.", "adequate", 6.0),
        ("Ice covers the mass; told without margin measurement.", "adequate", None),
        ("Ice covers the mass without any real margin at the ureter.", "inadequate", 0.0),
        ("The mass was frozen only to its dorsal surface, where the root runs.", "inadequate", 0.0),
        ("The mass is wholly in the ice apart from a thin wedge at the cava.", "inadequate", 0.0),
        ("All of the mass but for the piece on the ureter lies in the ice.", "inadequate", 0.0),
        ("Ablation complete except for the part along the cava, which could not be frozen.", "inadequate", 0.0),
        ("Fully covered except at the dorsal edge, where the margin was 3 mm.", "inadequate", 3.0),
        ("Resected in 2015 with 1 mm margins. Ice covers the mass by 8 mm.", "adequate", 8.0),
        ("We anticipate a margin of 7 mm with this pattern.", None, None),
        ("Ablative margin calculated by the fusion software: 6 mm.", "adequate", 6.0),
        ("Margin just short of 5 mm at the ureter.", "inadequate", 5.0),
        ("Mass, 2.6 cm: margin 7 mm.", "adequate", 7.0),
        ("A sleeve of frozen fat no thinner than 7 mm lay about the mass.", "adequate", 7.0),
        ("Ice all round. Beside the cava only 3 mm were achieved.", "inadequate", 3.0),
        ("Margin >= 5 mm?  NO - 2 mm at the ureter", "inadequate", 2.0),
        ("Margin >= 5 mm?  YES", "adequate", None),
        ("The ice encompassed about the caudal 3 cm of the mass.", "inadequate", 0.0),
        ("Ice 2 mm short of its medial edge. One needle advanced 1 cm. Ice now 3 mm past it medially.", "inadequate", 3.0),
        ("Ice all round by 6 or 7 mm but for the side of the cava, where it was two.", "inadequate", 2.0),
        ("10 mm of ice was reached only below; towards the ureter we had to be content with six.", "adequate", 6.0),
        ("Ice clears it by 7 mm. The obturator nerve lay 5 mm from the ice at its nearest and was not reached.", "adequate", 7.0),
        ("Margins not compromised.", "adequate", None),
        ("Coverage was in no way limited. Margins were not thin.", "adequate", None),
        ("The ice was felt to encompass the mass.", "adequate", None),
        (
            "First freeze: ice 1 mm past it laterally. Another needle was put in, and after the second freeze the lateral margin was 6 mm and the others 8 mm.",
            "adequate",
            6.0,
        ),
        ("Margins (mm)\nAnt | Post | Med | Lat\n8 | 9 | 3 | 11", "inadequate", 3.0),
        ("Palliative: about half of the tumour volume was taken into the ice.", "inadequate", 0.0),
        ("Incomplete ablation, the ureter being too near.", "inadequate", 0.0),
        (
            "The ice outgrew the mass all round; the thinnest of it, where the mass faces the cava, I measured at half a centimetre.",
            "adequate",
            5.0,
        ),
        ("Ice past it: 1 cm lateral and deep, 9 superficially, 8 caudally and, next to the ureter, 4.", "inadequate", 4.0),
        ("Smallest distance from nodule edge to edge of ground glass 6.5 mm.", "adequate", 6.5),
        ("Ice margin not measurable for the bleed, but the mass lies within.", "adequate", None),
        ("Incomplete ablation may need a second session. Ice 6 mm past the mass.", "adequate", 6.0),
        ("First session 11/2020 covered all but the left third. Today it was covered entirely, by 6 mm at the least.", "adequate", 6.0),
    ],
)
def test_coverage(text: str, coverage: str | None, margin: float | None, reader: Reader) -> None:
    found = abstract([session("psoas", text, "COMPLICATIONS: none")], reader).lesions
    assert [(row["coverage"], row["min_margin_mm"]) for row in found] == [(coverage, margin)]


STAY = "DISCHARGE SUMMARY\nAdmitted 1 March 2021, discharged 6 March 2021\n\nHospital course: {}\n"


@pytest.mark.parametrize(
    "text",
    [
        "Hemothorax at the end of the case, 20 Fr drain placed. Clavien-Dindo IIIa.",
        "Hemothorax at the end of the case, 20 Fr drain placed. Drain losses ceased and it was out by the 5th, film with a touch of atelectasis.",
    ],
)
def test_a_long_stay_is_of_the_trouble_that_was_drained(text: str, reader: Reader) -> None:
    rows = after("lung", "discharge", 5, STAY.format(text), reader).complications
    assert {row["term"]: row["severity"] for row in rows}["hemothorax"] == "severe"


def test_a_late_addendum_on_the_ice_is_of_the_last_report(reader: Reader) -> None:
    late = Note(
        "z",
        "A",
        date(2021, 3, 15),
        "Addendum/correction by the senior: on the fused images a part of the mass was not covered.\n",
        "procedure",
    )
    row = abstract([session("psoas", "Coverage 100 %. Margin 6 mm.", "COMPLICATIONS: none"), late], reader).lesions[0]
    assert (row["coverage"], row["lesion_covered"], row["min_margin_mm"]) == ("inadequate", False, 0.0)


def test_a_note_titled_as_a_correction_puts_a_margin_right(reader: Reader) -> None:
    late = Note("z", "A", date(2021, 3, 3), "CORRECTION. The cranial margin was re-measured and is 6 mm, not 1-2 mm.\n", "procedure")
    told = session("psoas", "Ice 7 mm beyond the mass, cranially 1-2 mm.", "COMPLICATIONS: none")
    row = abstract([told, late], reader).lesions[0]
    assert (row["coverage"], row["min_margin_mm"]) == ("adequate", 6.0)


def test_a_field_on_the_ice_behind_one_with_the_plan_is_no_plan(reader: Reader) -> None:
    text = "PROCEDURE: cryoablation, left psoas mass, 22 mm\nPLAN: 1 cm of ice around\nPROBES: 3\nICE: 6 mm beyond it at the least\n"
    found = abstract([Note("a", "A", DAY, text, "procedure")], reader).lesions
    assert [row["min_margin_mm"] for row in found] == [6.0]


@pytest.mark.parametrize(
    ("report", "kind", "later", "coverage", "margin"),
    [
        ("No trouble.", "discharge", "Home today. The team got 6 mm of ice beyond the mass all round.", "adequate", 6.0),
        (
            "Mass covered by ice.",
            "clinic",
            "Seen after the cryoablation. Film clear. The ice went 7 mm past the mass at the least.",
            "adequate",
            7.0,
        ),
        ("Ice 4 mm beyond it.", "discharge", "Cryoablation yesterday, with 9 mm of ice around the mass.", "inadequate", 4.0),
        (
            "No trouble.",
            "discharge",
            "Cryoablation yesterday. Dr K. told us that the margins were nowhere less than 7 mm.",
            "adequate",
            7.0,
        ),
        ("No trouble.", "radiology", "The ice zone exceeds the mass by 8 mm on all sides.", None, None),
        ("No trouble.", "clinic", "We plan to go for 8 mm of ice beyond the mass next time.", None, None),
        ("No trouble.", "clinic", "Resected in 2016 with a 2 mm margin. Well after the cryoablation.", None, None),
    ],
)
def test_what_a_later_note_tells_of_the_ice(
    report: str, kind: str, later: str, coverage: str | None, margin: float | None, reader: Reader
) -> None:
    note = Note("z", "A", date(2021, 3, 5), later + "\n", kind)
    row = abstract([session("psoas", report, "COMPLICATIONS: none"), note], reader).lesions[0]
    assert (row["coverage"], row["min_margin_mm"]) == (coverage, margin)


FILED_AS_IMAGING = """EXAM: PERCUTANEOUS CRYOABLATION
DATE: 1 March 2021
COMPARISON: 1 February 2021
TECHNIQUE: CT guidance. Two freezes of ten minutes.
FINDINGS:
Two probes were placed in the left psoas mass (21 mm). Ice 7 mm beyond it on every side.
IMPRESSION: Cryoablation of the left psoas mass.
"""
LOG = """Theatre record, 1 March 2021
Anaesthetic: sedation. Imaging: CT guidance.
Lesion 1 (left psoas mass): two probes, 21 mm. Ice 7 mm beyond it on every side.
"""


def test_a_session_filed_as_imaging_is_one(reader: Reader) -> None:
    found = abstract([Note("a", "A", DAY, FILED_AS_IMAGING, "radiology")], reader)
    assert [(row["date"], row["modality"]) for row in found.procedures] == [(DAY, "cryoablation")]
    assert [row["min_margin_mm"] for row in found.lesions] == [7.0]


def test_a_scan_after_an_ablation_is_none(reader: Reader) -> None:
    text = "CT ABDOMEN 1 June 2021\nHistory of cryoablation with three probes under general anesthesia.\nFINDINGS: The zone is smaller. No recurrence.\n"
    found = abstract([Note("a", "A", date(2021, 6, 1), text, "radiology")], reader)
    assert not found.procedures


def test_a_log_without_energy_tells_of_the_session_of_its_day(reader: Reader) -> None:
    told = Note("b", "A", date(2021, 4, 1), "Seen after cryoablation of the left psoas mass on 1 March 2021. Well.\n", "clinic")
    found = abstract([Note("a", "A", DAY, LOG, "procedure"), told], reader)
    assert [row["min_margin_mm"] for row in found.lesions] == [7.0]


def test_a_trouble_told_again_stays_with_its_session(reader: Reader) -> None:
    second = Note(
        "c",
        "A",
        date(2021, 9, 1),
        SESSION.format(where=WHERE["lung"], told="Ice covers it.", more="").replace("1 March", "1 September"),
        "procedure",
    )
    first = session("psoas", "Ice covers it.")
    event = Note("b", "A", date(2021, 3, 9), "DVT of the left calf found 9 March 2021 after the cryoablation, apixaban.\n", "clinic")
    again = Note("d", "A", date(2021, 12, 1), "Cryoablation 1 March 2021 and 1 September 2021. DVT after cryo, on apixaban.\n", "clinic")
    found = abstract([first, event, second, again], reader).complications
    assert [(row["term"], row["date"]) for row in found] == [("thromboembolism", date(2021, 3, 9))]


def test_a_trouble_counted_to_a_session_is_of_it(reader: Reader) -> None:
    text = SESSION.format(where=WHERE["lung"], told="Ice covers it.", more="").replace("1 March", "1 September")
    second = Note("c", "A", date(2021, 9, 1), text, "procedure")
    seen = Note("d", "A", date(2021, 9, 20), "The front of the thigh is numb since the first freezing.\n", "clinic")
    first, _ = (row["procedure_id"] for row in abstract([session("psoas", "Ice covers it."), second], reader).procedures)
    found = abstract([session("psoas", "Ice covers it."), second, seen], reader).complications
    assert [(row["term"], row["procedure_id"]) for row in found] == [("nerve_injury", first)]


def test_the_day_of_a_last_dose_is_not_that_of_the_session(reader: Reader) -> None:
    note = session("psoas", "Ice covers it.", "Apixaban last taken 25 February 2021.")
    assert [row["date"] for row in abstract([note], reader).procedures] == [DAY]


def test_a_later_report_that_knows_of_a_trouble_tells_of_the_earlier_session(reader: Reader) -> None:
    text = SESSION.format(where=WHERE["liver"], told="Ice covers it.", more="Co-amoxiclav at induction, in view of the abscess last time.")
    second = Note("c", "A", date(2021, 9, 1), text.replace("1 March", "1 September"), "procedure")
    event = Note("b", "A", date(2021, 3, 12), "Liver abscess at the ablation zone, drained.\n", "clinic")
    found = abstract([session("liver", "Ice covers it."), event, second], reader).complications
    assert [(row["term"], row["date"]) for row in found] == [("infection", date(2021, 3, 12))]


def test_an_effect_made_in_the_session_is_none_in_the_note_of_the_next_day(reader: Reader) -> None:
    made = session("lung", "Room air, 300 mL, was let into the pleural space. Ice covers it.")
    text = "The evening film showed a sliver of apical air, the remainder of the pneumothorax of the case; gone on the film at 6.\n"
    after_one = Note("b", "A", DAY + timedelta(days=1), text, "discharge")
    assert not abstract([made, after_one], reader).complications
    worse = Note("b", "A", DAY + timedelta(days=1), "The pneumothorax enlarged overnight, chest tube placed.\n", "discharge")
    assert [row["term"] for row in abstract([made, worse], reader).complications] == ["pneumothorax"]


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("Doxorubicin was discussed at the tumor board.", None),
        ("Doxorubicin in 2019, six cycles.", True),
        ("Chemotherapy was talked about and he chose not to have any.", False),
        ("No chemo - cardiomyopathy.", False),
    ],
)
def test_a_treatment_only_spoken_of_was_not_given(told: str, given: bool | None, reader: Reader) -> None:
    before = Note("0", "A", DAY - timedelta(days=20), f"Leiomyosarcoma of the psoas, resected 2016. {told}\n", "clinic")
    assert abstract([before, session("psoas", "Ice covers it.")], reader).patients[0]["prior_systemic"] == given


def test_a_day_that_a_drain_was_kept_to_is_no_onset(reader: Reader) -> None:
    told = "Addendum 22 March 2021: bile leak from the ablated segment, drain kept until 11/27. Clavien-Dindo grade II.\n"
    (row,) = abstract([session("liver", "Ice covers it.", told)], reader).complications
    assert (row["term"], row["severity"]) == ("fistula", "moderate")
    assert row["date"].month == 3


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("Angiosarcoma, secondary to the 2011 radiation. No radiation was given for the angiosarcoma.", False),
        ("Angiosarcoma of the liver. Radiation in 2019, 50 Gy.", True),
    ],
)
def test_radiation_that_made_a_tumour_was_not_given_for_it(told: str, given: bool, reader: Reader) -> None:
    before = Note("0", "A", DAY - timedelta(days=20), f"{told} Resected 2020.\n", "clinic")
    assert abstract([before, session("liver", "Ice covers it.")], reader).patients[0]["prior_radiation"] == given


def test_a_trouble_that_a_note_puts_down_to_radiation_is_no_complication(reader: Reader) -> None:
    text = "Ring finger tingling began in the last week of treatment; I attribute it to radiation change in the plexus.\n"
    assert not abstract([session("lung", "Ice covers it."), Note("b", "A", DAY + timedelta(days=20), text, "clinic")], reader).complications


@pytest.mark.parametrize(
    ("where", "told", "notes", "events"),
    [
        (  # a discharge four days after the session, told with its only trouble
            "lung",
            "",
            [
                (
                    "discharge",
                    4,
                    "The evening of the procedure her lung came down; 10 Fr drain. Drain clamped and removed on day 3. Discharged 5 March.",
                )
            ],
            "pneumothorax:severe",
        ),
        (  # of two troubles the stay is that of the worse, the other needed nothing
            "liver",
            "",
            [
                (
                    "discharge",
                    4,
                    "Admitted 1 March 2021, discharged 5 March 2021. Subcapsular hematoma with a fall of Hb, two units. A small right pneumothorax, watched, needed no treatment.",
                )
            ],
            "hemorrhage:severe pneumothorax:mild",
        ),
        (  # a stay no longer than it was meant to be
            "liver",
            "",
            [
                (
                    "discharge",
                    4,
                    "Stay from 28 February 2021 to 5 March 2021 (foreseen day of discharge: 5 March 2021). Subcapsular hematoma with a fall of Hb, two units of red cells transfused.",
                )
            ],
            "hemorrhage:moderate",
        ),
        (  # a return of one night
            "liver",
            "",
            [
                (
                    "discharge",
                    9,
                    "Seen overnight 9 to 10 March for fever. CT: abscess in the ablation zone. One dose ertapenem, oral co-amoxiclav, home next morning.",
                )
            ],
            "infection:moderate",
        ),
        (  # a stay over one midnight that was of hours by the summary's words
            "lung",
            "",
            [
                (
                    "discharge",
                    11,
                    "Admitted 10 March 2021, discharged 11 March 2021.\n\nShe came in on March 10, nine days after the cryoablation, short of breath. A film had a large left pleural effusion. 500 mL were tapped the same day. She was held here for under 24 hours. We take the effusion for a complication of the ablation.",
                )
            ],
            "pleural_effusion:moderate",
        ),
        (
            "kidney",
            "Post scan: perinephric hematoma. Coiled.",
            [("clinic", 20, "Kept until 5 March on account of the bleeding after the cryoablation.")],
            "hemorrhage:severe",
        ),
        (  # blood for the only trouble that bleeds, in a note that does not name it
            "kidney",
            "Impression: Perirenal haematoma, stable at 10 minutes.",
            [("discharge", 2, "Hb 101 to 78 on the first morning. Two units transfused, Hb 96 on leaving.")],
            "hemorrhage:moderate",
        ),
        (
            "kidney",
            "BP 225/130 in the thaw. Labetalol 20 mg x2. Then all quiet.\n\nImpression: hypertensive episode.",
            [],
            "hypertension:moderate",
        ),
        (
            "rib",
            "",
            [
                ("telephone", 5, "Blister over the site."),
                ("clinic", 20, "The cold injury has peeled and is closing. No cellulitis. CTCAE grade 2."),
            ],
            "skin_injury:moderate",
        ),
        ("rib", "", [("telephone", 5, "Blister at the site, burst. Silver sulfadiazine prescribed.")], "skin_injury:moderate"),
        (
            "psoas",
            "",
            [("nursing", 1, "L thigh numb since waking. Reassured, no meds. Offered gabapentin, declined.")],
            "nerve_injury:mild",
        ),
        (
            "bone",
            "",
            [("clinic", 90, "Fracture of the ablated iliac bone, left to heal, ibuprofen for a week. Morphine off since April.")],
            "fracture:mild",
        ),
        ("lung", "", [("clinic", -14, "We covered pneumothorax, haemoptysis, air embolism and infection of the cavity.")], ""),
        ("liver", "Right effusion as instilled for the approach.", [], ""),
        (
            "kidney",
            "",
            [("discharge", 2, "Overnight he had gross hematuria. Seen by urology, who attribute it to the ureteral stent; cleared.")],
            "",
        ),
        (  # the blood in the urine is the catheter's, that around the kidney is not
            "kidney",
            "",
            [("discharge", 1, "CT that evening: perinephric hematoma, no treatment needed. Foley-related hematuria, cleared.")],
            "hemorrhage:mild",
        ),
        ("lung", "", [("radiology", 1, "CHEST FILM\nModerate left effusion, none on the pre-procedure CT.")], "pleural_effusion:None"),
        (
            "liver",
            "",
            [("clinic", 20, "The local hospital found a liver abscess where you treated him, he lay there for nine days with a drain.")],
            "infection:severe",
        ),
        ("bone", "", [("clinic", 20, "Problems: 1. Skin necrosis at the cryo entry, SIR B. 2. Constipation.")], "skin_injury:mild"),
        ("bone", "", [("clinic", 20, "The wound over the treated ilium broke down.")], "wound_complication:None"),
        ("kidney", "Thin crescent of blood, 9 mm. No therapy, CIRSE grade 1.", [], "hemorrhage:mild"),
    ],
)
def test_severity_from_all_that_is_told(where: str, told: str, notes: list[tuple[str, int, str]], events: str, reader: Reader) -> None:
    """What was done, how long it kept the patient and who graded it may stand in any note."""
    chart = abstract(
        [session(where, f"Ice covers it. {told}"), *(Note(f"b{i}", "A", DAY + timedelta(d), t, k) for i, (k, d, t) in enumerate(notes))],
        reader,
    )
    assert sorted(f"{row['term']}:{row['severity']}" for row in chart.complications) == sorted(events.split())


def test_a_trouble_told_right_behind_an_ablation_elsewhere_is_of_it(reader: Reader) -> None:
    history = "- 11 February 2019, at that hospital: radiofrequency ablation of a right lower lobe nodule. He had a small pneumothorax on the film afterward, for which no treatment was needed."
    chart = abstract(
        [Note("c", "A", DAY - timedelta(40), f"Dear colleague\n\n{history}", "clinic"), session("lung", "Ice covers it.")], reader
    )
    assert [(str(r["date"]), r["term"], r["severity"]) for r in chart.complications] == [("2019-02-11", "pneumothorax", "mild")]


def test_a_surge_belongs_to_the_session_that_treated_the_adrenal(reader: Reader) -> None:
    text = """IR REPORT 1 March 2021
1) Percutaneous cryoablation of a right adrenal metastasis, CT guidance
2) Percutaneous microwave ablation of a left lung nodule, CT guidance

1. ADRENAL, 28 mm. Two cryoprobes. Ice covers it with 6 mm at the least.
2. LEFT LUNG, 14 mm. One antenna, 60 W, 5 minutes. The zone covers it.

Adverse events: hypertensive crisis, SIR moderate."""
    chart = abstract([Note("a", "A", DAY, text, "procedure")], reader)
    modality = {p["procedure_id"]: p["modality"] for p in chart.procedures}
    assert [(modality[e["procedure_id"]], e["term"]) for e in chart.complications] == [("cryoablation", "hypertension")]


def test_a_trouble_told_behind_several_sessions_is_of_the_last_one(reader: Reader) -> None:
    told = (
        "Two sessions: cryoablation of the left psoas (March 2021, with a deep vein thrombosis), and in September 2021 cryoablation of the right "
        "iliac bone, after which an abscess put him in hospital for nine days."
    )
    notes = [
        session("psoas", "Ice covers it."),
        replace(session("bone", "Ice covers it."), note_id="b", note_date=date(2021, 9, 14)),
        Note("c", "A", date(2021, 9, 24), "CT: abscess of the iliac zone, drain placed.", "radiology"),
        Note("d", "A", date(2022, 3, 3), told, "clinic"),
    ]
    notes[1] = replace(notes[1], text=notes[1].text.replace("1 March 2021", "14 September 2021"))
    chart = abstract(notes, reader)
    day = {p["procedure_id"]: p["date"] for p in chart.procedures}
    found = [(day[e["procedure_id"]], e["severity"]) for e in chart.complications if e["term"] == "infection"]
    assert found == [(date(2021, 9, 14), "severe")]


def test_what_a_later_report_tells_ahead_of_its_work_was_there(reader: Reader) -> None:
    text = SESSION.format(where=WHERE["psoas"], told="Ice covers it.", more="").replace("1 March 2021", "14 September 2021")
    again = text.replace("TECHNIQUE: ", "The patch of numb skin over the knee remains.\nTECHNIQUE: ")
    first = session("psoas", "Ice covers it.", "On waking a numb patch over the left knee. CTCAE grade 1.")
    chart = abstract([first, Note("b", "A", date(2021, 9, 14), again, "procedure")], reader)
    assert [(e["term"], e["date"]) for e in chart.complications] == [("nerve_injury", DAY)]


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("nine weeks after the ablation and unrelated to it", []),
        ("seen at the visit after the procedure but not connected with it", []),
        ("three days after the procedure", ["infection"]),
    ],
)
def test_a_trouble_after_the_ablation_that_words_part_from_it(words: str, terms: list[str], reader: Reader) -> None:
    made = after("bone", "clinic", 20, f"Pneumonia in March 2021, {words}, treated with antibiotics.", reader)
    assert [e["term"] for e in made.complications] == terms


@pytest.mark.parametrize(
    ("kind", "days", "text", "day"),
    [
        ("nursing", 9, "Wound check. Skin necrosis of the flank after the freezing of 1 March 2021.", 9),
        ("other", 12, "EMERGENCY DEPARTMENT\nDeep frostbite of the skin since the cryoablation on 1 March 2021.", 12),
        ("discharge", 8, "Came in with left-sided fluid up to the fifth rib, tapped for 900 mL.", 8),
        ("discharge", 1, "Small pneumothorax, no drain.", 0),
    ],
)
def test_the_day_of_the_treatment_is_not_that_of_a_trouble_told_at_first_hand(
    kind: str, days: int, text: str, day: int, reader: Reader
) -> None:
    (row,) = after("lung", kind, days, text, reader).complications
    assert row["date"] == DAY + timedelta(day)


def test_a_letter_that_knows_only_the_session_does_not_date_what_a_call_told(reader: Reader) -> None:
    call = Note("b", "A", DAY + timedelta(2), "Nurse call. He cannot stand on his heels with the left foot.", "telephone")
    letter = Note("c", "A", DAY + timedelta(30), "Left peroneal palsy after the cryoablation of 1 March 2021.", "clinic")
    (row,) = abstract([session("psoas", "Ice covers it."), call, letter], reader).complications
    assert row["date"] == DAY + timedelta(2)


@pytest.mark.parametrize(
    ("kind", "days", "told", "day"),
    [
        ("telephone", 12, "A blister at the puncture. It started four days ago.", date(2021, 3, 9)),
        ("clinic", 15, "On about day six a blister came up beside the puncture. Dressed with silver cream.", date(2021, 3, 7)),
        ("clinic", 15, "Wound infection of the puncture, drain out on day nine.", date(2021, 3, 16)),
        ("telephone", 12, "Has had numbness of the left shin for the past three days.", date(2021, 3, 10)),
        ("telephone", 12, "Two days of fever and pus from the puncture; antibiotics begun.", date(2021, 3, 11)),
        ("clinic", 12, "Wound infection, treated with cephalexin for seven days.", date(2021, 3, 13)),
        ("clinic", 21, "Mild numbness of the left shin since the procedure, no treatment.", date(2021, 3, 1)),
        ("clinic", 21, "The left shin was numb when he came round from the anesthetic: numbness, improving.", date(2021, 3, 1)),
        ("clinic", 21, "Woke up from a nap with numbness of the left shin today.", date(2021, 3, 22)),
    ],
)
def test_an_onset_that_is_counted_and_not_dated(kind: str, days: int, told: str, day: date, reader: Reader) -> None:
    rows = after("psoas", kind, days, told + "\n", reader).complications
    assert [r["date"] for r in rows] == [day]


def test_a_trouble_since_the_procedure_keeps_the_day_that_an_earlier_note_gives(reader: Reader) -> None:
    first = Note("b", "A", DAY + timedelta(1), "Noticed a foot drop on the left this morning.\n", "nursing")
    later = Note("c", "A", DAY + timedelta(30), "Foot drop on the left since the cryoablation, better.\n", "clinic")
    (row,) = abstract([session("psoas", "Ice covers it."), first, later], reader).complications
    assert row["date"] == DAY + timedelta(1)


def test_an_inflammation_that_was_there_before_is_no_complication(reader: Reader) -> None:
    before = Note("0", "A", DAY - timedelta(days=20), "Nivolumab until March, stopped for colitis.\n", "clinic")
    after = Note("b", "A", DAY + timedelta(days=7), "Well. Colitis quiet since prednisone ended.\n", "telephone")
    assert not abstract([before, session("liver", "Ice covers it."), after], reader).complications
    assert abstract([session("liver", "Ice covers it."), after], reader).complications
