"""Where does a report name a target? Places with the words of treatment around them, titles, short names and items of lists."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from extractor.model import Mention, PartialDate
from extractor.normalizer import numbered, timeline
from extractor.normalizer.places import KINDS, LANDMARK, SURFACES, TUMOUR_ALONG, conflict, fits, near_site, places, told_apart
from extractor.normalizer.procedure_reports import done_elsewhere
from extractor.normalizer.records import Line, Place
from extractor.patterns import re

NOT_TREATED = re.compile(
    r"\b(?:not (?:started|begun|a target|(?:ablated|treated|frozen)(?! (?:before|previously|until|elsewhere|with|by)\b)|touched|addressed|targeted|accessed|approached|attempted|selected|for (?:treatment|ablation)|(?:considered |felt |judged |deemed |thought )?(?:to be )?(?:amenable|accessible|reachable|treatable|suitable|a candidate|an option|feasible)(?! (?:to|for) (?:surg|resect|operat|excis|radi|biops|percutaneous biops))|(?:a )?part of|examined|among)|NOT ablated|no (?:ablation|treatment|freez\w+|cryo\w*)(?: (?:was )?(?:done|given|attempted|there|of (?:it|this|that)))? today|deferred"
    r"|untouched|left (?:alone|for|unablated|untouched|in (?:place|situ|peace)|(?:as (?:it|they) (?:is|was|are|were))|to itself)|(?<!previously )(?<!hitherto )(?<!yet )untreated(?! before)|(?:for )?another (?:day|date)|for another session|no probe|separate (?:session|sitting)"
    r"|(?:is|are|being|to be|will be|was|were) (?:watched|observed|followed(?! by)|monitored(?! (?:by|on|with|under|every|contin\w+|through\w*|in real|intermitt\w+|using|during|until)\b))|needs? nothing|no (?:further )?treatment|not today|another occasion|elsewhere treated|awaits?|in reserve|reserved for|postponed"
    r"|(?:will be|to be|can be|would be|should be|for) (?:dealt with|treated|ablated|addressed|tackled|done|frozen|discussed|treatment|ablation)?,? ?(?:later|next (?:time|week|month|session|visit)|separately|subsequently|tomorrow|(?:on |next |the (?:following|coming) )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|on \d{1,2}[/.]\d|(?:at|in|on|during) (?:the next|a (?:later|second|further|separate|subsequent|future)|another|an?other|the (?:second|following))|in (?:an?|one|two|three|four|five|six|eight|ten|twelve|\d{1,2}) (?:more |further )?(?:days?|weeks?|months?))|to follow (?:in|later|at|next)"
    r"|(?:given up|abandoned|called off|stopped|aborted) before (?:any |the )?(?:freez\w+|ice|energy|ablat\w+|heat\w*|treat\w*|probe\w*)|below (?:the |our )?(?:size )?(?:threshold|limit)|too (?:many|numerous|small|large|close|near)\b[^.;]{0,30}? to (?:ablate|treat|freeze|target)|(?:biops(?:y|ied)|sampled|cores?|FNA|aspirat(?:ed|ion)|emboli[sz](?:ed|ation)|injected|injection|tattooed|cement(?:ed|oplasty)?|\w*plasty|filled|drained|clipped|coiled) only|only (?:biops(?:y|ied)|sampled|cored|FNA|aspirated|marked|tattooed|emboli[sz](?:ed|ation)|injected|cement(?:ed|oplasty)?|filled|drained|clipped|coiled|measured|inspected|looked at)|(?:no|without(?: any)?) (?:freezing|ablation|ice|energy)(?= ?(?:[.;,)]|here\b|there\b|was (?:done|given|applied|made)|$))|none ?[-–—:,(] ?(?:biops\w+|sampl\w+|observ\w+|watch\w*|follow\w*|FNA)|merely (?:marked|tattooed|sampled|biopsied|injected|emboli[sz]ed)|nothing (?:\w+ )?(?:was |is )?(?:being )?done (?:to|about|for|at|in)|(?:was|were) (?:just |simply )?left(?=\s*(?:[.,;)]|$)))\b"
    r"|(?:^\W*|[.;] )(?:[\w-]+ ){1,4}(?:observed|watched|surveilled|deferred)(?= ?(?:only)?\s*[.,;)]|\s*$)|(?<=[),:;-] )(?:watch|observe|surveil\w*)(?=\s*(?:only)?\s*[.,;)]|\s*$)",
    re.IGNORECASE,
)
EARLIER = re.compile(
    r"\b(?:had|previous(?:ly)?|prior|earlier|last (?:year|month|spring|summer|fall|autumn|winter|january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|aug|sept?|oct|nov|dec)\b|another (?:session|sitting|hospital|centre|center)|history of|known|in (?:19|20)\d\d|on (?:january|february|march|april|may|june|july|august|september|october|november|december)|(?:days|weeks|months|years) ago|s/p|(?:status|state|condition) (?:post|after)|st\.? p(?:ost)?\.?(?= )|surveillance|(?:treated|ablated|frozen)(?: \w+)? (?:before|elsewhere)(?=\s*[,.;)]| (?:by|with|at)\b)|past (?=(?:[\w-]+ ){0,2}?(?:\w*ablations?|cryo\w*|microwave|radio-?frequency|RFA?|MWA?)\b))\b",
    re.IGNORECASE,
)
OF_OTHER_TIME = re.compile(
    r"[^,;.]{0,60}?\b(?:last (?:year|month|week|spring|summer|fall|autumn|winter|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|(?:\w+ )(?:days|weeks|months|years) ago|(?:in|of|from) (?:19|20)\d\d|back in)\b",
    re.IGNORECASE,
)
"""Behind an ablation: the words that date it to another time, in a line below the title."""
SPARED = re.compile(
    r"\b(?:outside(?: of)?|clear of|away from|free of|beyond|remote from|spared (?:by|from)|not reached by) (?:the )?(?:ice|zone|freez\w+|frozen|ablat\w+|isotherm|heat)",
    re.IGNORECASE,
)
"""What lies outside the ice is a landmark, unless the words measure it."""
TUMOUR = re.compile(
    r"\b(?:mass(?:es)?|lesions?|nodules?|tumou?rs?|mets?|metastas[ei]s|deposits?|implants?|recurrences?|nodes?|lobules?|foci|focus|remnant|residual|target|sarcoma)\b",
    re.IGNORECASE,
)
AT = re.compile(r"\bat (?:the |its )$", re.IGNORECASE)
OWN_TUMOUR = re.compile(
    r",? (?:mass|lesion|nodule|tumou?r|met|metastasis|deposit|implant|recurrence|node)s?\b(?! (?:side|edge|border|bed|margin))",
    re.IGNORECASE,
)
"""Behind a place that names its lesion, no landmark: "at the middle lobe nodule", "through the rib lesion"."""
ALONGSIDE = re.compile(
    r"\b(?:placed|inserted|positioned|advanced|sited|introduced|put|deployed|parked)(?: \w+)? (?:along-?side|beside|next to|adjacent to|against) (?:the |his |her )?$",
    re.IGNORECASE,
)
"""Before the lesion beside which a probe was put."""
BESIDE = re.compile(
    r"[\s-]*(?:side|aspect|border|surface|approach|route|access|window|capsule|contour|wall was|fat plane)\b", re.IGNORECASE
)
ROUTE = re.compile(
    r"\b(?:percutaneous(?:ly)?|via|through|route|approach|access|path|window|entry|from)\b\W*(?:(?:a|an|the|left|right|lt|rt|low|high|lateral|anterior|posterior) )*$",
    re.IGNORECASE,
)
ROUTE_END = re.compile(r"\s*(?:[.,;:)]|route|approach|access|path|window|entry|space|puncture|$)", re.IGNORECASE)
"""How the probes came in: "percutaneous, right intercostal."."""
MONITORED = re.compile(
    r"\b(?:motor|evoked|potentials?|EMG|signals?|responses?|monitor\w*|MEPs?|SSEPs?|leads?|strength|power|twitch\w*|sensation|numbness|weakness)\b(?: \w+){0,3} (?:(?:from|in|of|to|at|over|for) )(?:the |both |his |her )?(?:(?:left|right) )?$",
    re.IGNORECASE,
)
"""Where a nerve was watched, or felt."""
LIKENED = re.compile(
    r"\b(?:same|similar|identical|like|unlike)\b[^,;.]{0,25}\b(?:as|to) (?:in |at |that of )?(?:the |his |her )?$", re.IGNORECASE
)
"""Before a place that something is only likened to: "same histology as buttock"."""
MADE_READY = re.compile(
    r"(?: (?:region|area|skin|site|field))?(?: (?:was|were|is|are))?(?: (?:then|sterilely|widely|aseptically|surgically))? (?:prepp?ed|prepared|draped|cleaned|disinfected|shaved|marked|exposed|sterilized|scrubbed)\b",
    re.IGNORECASE,
)
"""Behind the skin that was made ready: "left axilla prepped"."""
ENTERED = re.compile(
    r"\b(?:entered|opened|incised|divided|mobili[sz]ed|retracted|reflected) (?:the |his |her )?(?:(?:left|right) )?$", re.IGNORECASE
)
"""Before what a surgeon went through on the way to a target: "entered the lesser sac"."""
SPREADS = re.compile(
    r"\b(?:includ\w+|extend\w*|reach\w*|pass\w*|spread\w*|cross\w*|continu\w+) (?:\w+ )?(?:in|on)?to (?:the |its )?$|\bacross (?:the )?$",
    re.IGNORECASE,
)
"""Before a place that the ice only runs into."""
PASSED = re.compile(
    r"\b(?:not|n't|to) (?:pass|clear|cross|traverse|get past|skirt|enter) (?:the |his |her )?$|\b(?:passed|advanced|inserted|introduced|brought|pushed|threaded|driven|placed|came|went|entered) (?:\w+ )?(?:through|across|via) (?:the |his |her )?(?:(?:left|right|lt|rt|anterior|lateral|posterior) )*$",
    re.IGNORECASE,
)
"""Before what a probe went through on its way in."""
INFUSED = re.compile(
    r"\b(?:saline|D5W|dextrose|CO2|carbon dioxide|water|contrast|fluid|gas|air|m[lL]|cc)\b[^.;,]{0,40}\b(?:into|in|between|under|beneath|below|around|along|to|behind)\b (?:the |his |her )?(?:(?:left|right|lt|rt) )?$",
    re.IGNORECASE,
)
"""Where fluid or gas was put to keep something away."""
CLEAR = re.compile(
    r"(?:,? (?:and|or|&) (?:the )?[\w-]+)?(?: (?!and\b|with\b)[\w-]+){0,2}?,?(?: (?:is|was|are|were|lay|lies?|kept|stays?|stayed|remain(?:s|ed)?|sits?|sat))? (?:(?:well|quite|far|safely|comfortably|a good way|(?:over |about )?\d+(?:\.\d+)? ?[cm]m) (?:clear|away|remote|off|distant|out of (?:the )?(?:way|reach|field))|out of (?:harm's|the) way|out of reach|safe)\b",
    re.IGNORECASE,
)
"""What lies well away from the ice is a landmark."""
OF_PLACE = re.compile(
    r"[\s\w-]{0,40}\b(?:in|of|at|within|along|from|on|under|beside)\b\s+(?:the |his |her |an? )?(?:(?:left|right|l|r|lt|rt|upper|lower|deep)\s+)*",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"[;.]\s|\bbut\b|\bwhile\b|\bwhereas\b|, (?:and|with) (?:the|a|an|her|his)\b", re.IGNORECASE)

BODY = (
    "technique", "findings", "procedure", "impression", "", "addendum", "complications", "guidance", "anesthesia", "course", "assessment", "data",
    "assessment_plan", "date", "diagnosis",
)  # fmt: skip

UNTICKED = re.compile(r"\W{0,3}(?:\[ ?\]|☐|□|\( \))\s*\w")
"""A line of a form that was left open: what it names was not treated."""
LISTED_ITEM = re.compile(r"\W*[A-H1-9][.):] ")
CONSENT = re.compile(r"\b(?:consent\w*|risks?)\b", re.IGNORECASE)
TITLE_LINES = 8
FIRST_LINES = 3

WORTH = {"SIZE": 1.5, "PROBES": 2.0, "MARGIN": 0.5, "COVERAGE": 0.5}
"""What a measure says for a target; margins are told of landmarks too ("4 mm at the humerus")."""
UNREAL = ("planned", "cancelled", "family", "historical", "negated", "hypothetical", "risk")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place or name as one clause tells it, with what is measured there."""

    place: Place
    line: Line
    start: int
    titled: bool
    said: tuple[Mention, ...] = ()
    beside: bool = False
    """True if the place is only what the lesion lies by: "behind the lower pole of the left kidney"."""


@dataclass
class Candidate:
    """Spots that can be one target."""

    place: Place
    spots: list[Spot] = field(default_factory=list)
    headings: set[str] = field(default_factory=set)
    """The sizes in the headings that name it."""
    moved: bool = False
    """True if the body tells it, or a fellow, by another site than the title's, at which it lies."""

    @property
    def titled(self) -> bool:
        """True if a line that tells what was done names it."""
        return any(s.titled for s in self.spots)

    @property
    def weight(self) -> float:
        """How much speaks for a target: named as one, sized, punctured, covered."""
        kinds = {m.label for s in self.spots for m in s.said}
        return 2.0 * bool(self.place.name) + sum(WORTH[k] for k in kinds)


WIDEST = 400
"""Characters of a clause that are looked at on either side."""
LINES_REMEMBERED = 256
_cuts_of: dict[int, tuple[Line, list[int], list[int]]] = {}
"""By identity of a line where its clauses end and begin."""


def _cuts(line: Line) -> tuple[list[int], list[int]]:
    known = _cuts_of.get(id(line))
    if known is None or known[0] is not line:
        if len(_cuts_of) >= LINES_REMEMBERED:
            _cuts_of.clear()
        found = [(line.sentence.start + m.start(), line.sentence.start + m.end()) for m in CLAUSE.finditer(line.text)]
        known = _cuts_of[id(line)] = (line, [b for b, _ in found], [e for _, e in found])
    return known[1], known[2]


def clause(line: Line, at: int) -> tuple[int, int]:
    """The characters of the clause around one of a line."""
    ends, starts = _cuts(line)
    before, after = bisect_right(starts, at), bisect_right(ends, at)
    low = starts[before - 1] if before else line.sentence.start
    high = ends[after] if after < len(ends) else line.sentence.end
    return max(low, at - WIDEST), min(high, at + WIDEST)


BRACKETS = re.compile(r"\([^()]*\)")


def clause_words(line: Line, at: int) -> str:
    """The words of the clause around a character, without what brackets tell of another place, size or name: "(the smaller, 4 mm, will be watched)"."""
    low, high = clause(line, at)
    words = line.read.flat[low:high]
    for found in BRACKETS.finditer(words):
        own = found.start() <= at - low < found.end()
        if own or not any(low + found.start() < m.start < low + found.end() for m in line.labelled("SIZE", "SITE", "NAME")):
            continue
        words = words[: found.start() + 1] + " " * (len(found[0]) - 2) + words[found.end() - 1 :]
    return words


NEXT_LEFT = re.compile(
    r";\s*(?:(?:so|thus|and|hence|therefore),? )?(?:(?:it )?(?:was|is) )?(?:not (?:treated|ablated|frozen)|deferred|left (?:alone|untreated|for)|untreated|postponed|skipped|omitted|for (?:surgery|radiation|SBRT)|referred (?:for|to))\b",
    re.IGNORECASE,
)
"""Behind the clause that tells of a target: "#3 too close to skin; deferred to surgery"."""


def untreated(line: Line, at: int) -> bool:
    """True if the clause around a character, or the one that goes on with it, says that something was not treated."""
    return NOT_TREATED.search(clause_words(line, at)) is not None or NEXT_LEFT.match(line.read.flat, clause(line, at)[1]) is not None


def spots_in(lines: Sequence[Line]) -> list[Spot]:
    """Every spot of a report's lines that may name a target, in order."""
    out: list[Spot] = []
    bare = short_names(lines)
    for number, line in enumerate(lines):
        titled = title(line, number)
        if UNTICKED.match(line.text) or other_field(line) or (not titled and CONSENT.search(line.text) and not line.labelled(*WORTH)):
            continue
        if line.sentence.section not in BODY and not titled:
            continue
        running_on = line.labelled("NAME", *WORTH) or LISTED_ITEM.match(line.text)
        if line.sentence.section in ("complications", "anesthesia") and not (titled or running_on):
            continue
        if (
            (EARLIER.search(line.text) or line.labelled("PRIOR_TREATMENT") or treated_then(line) or _all_elsewhere(line))
            and not titled
            and not bare.get(line)
            and not told_in_turn(line)
            and not line.labelled("PROBES", "MARGIN", "COVERAGE", "NAME", "SIZE")
        ):
            continue
        last = out[-1].place if out and _goes_on(out[-1], line) else Place()
        fresh, loose = _line_spots(line, titled, last, bare.get(line, ()))
        if fresh and not titled and _of_item(last, fresh, line):
            fresh, loose = [], [m for m in line.labelled(*WORTH) if any(m in s.said for s in fresh) or m in loose]
        if loose and last.site:
            at = _told_of(out)
            out[at] = replace(out[at], said=(*out[at].said, *loose))
        out += fresh
    return out


OTHER_FIELD = re.compile(
    r"\W*(?:(?:core |needle |concurrent |additional |same[- ]session )*biops(?:y|ies)|FNA|(?:fine[- ]needle )?aspiration|tissue sampl\w+|nerve blocks?|\w+oplasty|emboli[sz]ation|drain(?:age)?|injections?|(?:fiducial |coil |wire )?mark(?:er|ing)s?)\b(?! (?:and|plus|with|\+|then) )[^:.;\d]{0,30}:\s",
    re.IGNORECASE,
)


def other_field(line: Line) -> bool:
    """True for the field of a form that tells of another procedure: "Biopsy same session: yes (left obturator node, 10 mm)"."""
    return OTHER_FIELD.match(line.text) is not None and not line.labelled("PROCEDURE", "PROBES", "NAME")


IN_TURN = re.compile(
    r"\W*(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|then|next|last(?:ly)?|finally)\b[,:]? (?:(?:I|we) (?:turned|moved|went|came) (?:on )?to |came |for )?(?:the|his|her|an?) [^,;.]{3,60}?,? (?:which|that|where) ",
    re.IGNORECASE,
)
"""How a sentence takes up the next target and tells its past aside: "First the left adrenal, which I froze last June"."""


def told_in_turn(line: Line) -> bool:
    """True if a line takes up a target in its turn, before it tells what was done there at another time."""
    turn = IN_TURN.match(line.text)
    return turn is not None and any(m.end <= line.sentence.start + turn.end() for m in line.labelled("SITE"))


def _of_item(last: Place, fresh: Sequence[Spot], line: Line) -> bool:
    """True for a place that the item of a list passes on the way to its own lesion: "Lesion 1. Segment 8, 31 mm. Percutaneous, right intercostal"."""
    return bool(
        last.name
        and last.site
        and not TUMOUR.search(line.text)
        and not any(s.place.name or near_site(s.place.site, last.site) or is_sized(s) for s in fresh)
    )


def _told_of(out: Sequence[Spot]) -> int:
    """Which spot a measure without a place is of: the last one told, or the title's where the last is no tumour's ("a serosal tear was oversewn")."""
    last = out[-1]
    if last.titled or last.said or last.place.name or TUMOUR.search(last.line.text) or len(last.line.text.split()) <= PASSING:
        return len(out) - 1
    titled = [i for i, s in enumerate(out) if s.titled and s.place.site]
    sites = {out[i].place.site for i in titled}
    return titled[-1] if len(sites) == 1 and last.place.site not in sites else len(out) - 1


PASSING = 6
"""Words of a sentence that tells more than where the next step was done."""
ITEM = re.compile(r"\s*[-–—•*·>]\s")


def _goes_on(spot: Spot, line: Line) -> bool:
    """True if a line goes on with what was named before: in its paragraph, or as an item of the list below its name."""
    return spot.line.sentence.paragraph == line.sentence.paragraph or (
        bool(spot.place.name) and spot.line.sentence.section == line.sentence.section and bool(ITEM.match(line.text))
    )


def entitled(spots: list[Spot], lines: Sequence[Line]) -> list[Spot]:
    """The places of numbered titles under their numbers, where two of one site could be taken for one: "1. Cryoablation, vastus mass. 2. Cryoablation, distal thigh nodule"."""
    known = numbered.titles(lines)
    heads = {n: [s for s in spots if s.line == line and s.place.site and not s.place.name] for n, line in known.items()}
    alone = {n: found[0] for n, found in heads.items() if len(found) == 1}
    alike = [(a, b) for a, b in combinations(alone.values(), 2) if a.place.site == b.place.site and not conflict(a.place, b.place)]
    energies = {m.concept for line in known.values() for m in line.labelled("PROCEDURE")}
    if len(alone) < len(known) or len(energies) > 1 or not any(told_apart(a.place, b.place) for a, b in alike):
        return spots
    names = {id(s): n for n, s in alone.items()}
    return [replace(s, place=replace(s.place, name=names[id(s)])) if id(s) in names else s for s in spots]


TREATED = re.compile(r"\b(?:treated|ablat\w+|fro(?:ze|zen)|cryo\w*|microwaved?|MWA|RFA|burned)\b", re.IGNORECASE)
DICTATED = timedelta(days=14)
"""How long after a session its report may be written."""


def treated_then(line: Line) -> bool:
    """True if the background of a report tells what was treated on a day of its own before: "Left kidney frozen here 4/2/2019"."""
    days = line.labelled("DATE") if line.sentence.section in ("diagnosis", "history", "past_history") else ()
    if not days or not TREATED.search(line.text):
        return False
    told = [w for d in days if (w := timeline.when(d, line.read.note))]
    written = line.read.note.note_date
    return bool(told) and all(written - w.date > DICTATED and not w.agrees(PartialDate(written)) for w in told)


def title(line: Line, number: int) -> bool:
    """True for a line that names what was done: the title, the procedure's own section, or an impression."""
    if NOT_TREATED.search(line.text) and line.sentence.section != "procedure":
        return False
    done = [m for m in line.labelled("PROCEDURE") if not m.has(*UNREAL)]
    section = line.sentence.section
    if treated_then(line):
        return False
    if done and number and (OF_OTHER_TIME.match(line.text, done[0].end - line.sentence.start) or _all_elsewhere(line)):
        return False
    head = section == "procedure" or (section in ("", "date", "diagnosis") and number < TITLE_LINES) or number < FIRST_LINES
    ahead = line.text[: done[0].start - line.sentence.start] if done else ""
    return bool(done) and head and not (EARLIER.search(ahead) or PAST.search(ahead))


def _all_elsewhere(line: Line) -> bool:
    """True if every ablation that a line tells was done at another hospital."""
    done = [m for m in line.labelled("PROCEDURE") if not m.has(*UNREAL)]
    return bool(done) and all(done_elsewhere(m, line) for m in done)


PAST = re.compile(r"\b(?:past|former|old|remote)\W+(?:[\w-]+ ){0,2}$", re.IGNORECASE)
"""Before an ablation of another time, right before its word: "Past microwave ablation of a lobe nodule"."""


def _line_spots(line: Line, titled: bool, last: Place, bare: Sequence[tuple[int, str]]) -> tuple[list[Spot], list[Mention]]:
    """The spots of a line, and what it measures before it names any."""
    found = [p for p in places_at(line) if not _reached(p, line)]
    pieces = _pieces(line, found, last, bare)
    said: dict[int, list[Mention]] = {}
    for m in line.labelled(*WORTH):
        if not (
            m.has("intended", "planned", "hypothetical", "risk")
            or (m.label == "SIZE" and m.has("historical"))
            or (m.label == "PROBES" and m.has("negated"))
        ):
            said.setdefault(_owner(line, m, pieces), []).append(m)
    whole = {m for p in found for m in p.mentions}
    acts = [_act(line, start) if titled else "" for start, _ in pieces]
    spots = [
        Spot(place, line, start, titled and not acts[i], tuple(said.get(i, ())), _beside(line, place, start))
        for i, (start, place) in enumerate(pieces)
        if not (acts[i] == "other" and "" in acts)
        and _real(line, start, place, titled, said.get(i))
        and (titled or said.get(i) or place.name or whole.intersection(place.mentions))
    ]
    return spots, said.get(-1, [])


REACHED = re.compile(r"\b(?:would|could|will|can|might) (?:\w+ )?reach (?:the |its )?(?:(?:left|right) )?$", re.IGNORECASE)


def _reached(place: Place, line: Line) -> bool:
    """True for a structure that energy or a probe is judged to reach: "I judged heat would reach the crus better"."""
    start, end = min(m.start for m in place.mentions), max(m.end for m in place.mentions)
    text = line.read.flat
    return REACHED.search(text, max(line.sentence.start, start - 40), start) is not None and not TUMOUR.search(text, end, end + 30)


OTHER_ACT = re.compile(
    r"(?:\W*\d\W)?\W*(?:(?!of\b)[\w-]+ ){0,3}?(?:cement\w*|\w*plasty|biops\w+|emboli[sz]ation|drainage|aspiration|stent\w*|fixation|\w+ectomy|thoracostomy|injection|(?:cryo-?)?neurolysis|(?:nerve |plexus |root )?blocks?|rhizotomy|denervation)\b",
    re.IGNORECASE,
)
"""How an item of a title opens that names another procedure: "2) Cementoplasty, right ilium"."""


def _act(line: Line, start: int) -> str:
    """What the clause of a title tells of the place it names, where it speaks of no ablation of its own: "other" procedure, "earlier" one, or nothing."""
    low, high = clause(line, start)
    done = [m for m in line.labelled("PROCEDURE") if low <= m.start < high]
    if done:
        return "other" if _of_act_beside(line, start, low, high, done) else ""
    words = line.read.flat[low:high]
    return "other" if OTHER_ACT.match(words) else "earlier" if THEN.search(words) else ""


ACT = re.compile(
    r"\b(?:kypho\w*|vertebroplasty|cement\w*|biops(?:y|ies)|emboli[sz]ation|wedge(?: resection)?|resection|excision|metastasectomy|drainage|fixation)\b",
    re.IGNORECASE,
)
"""Another procedure's name in the sentence of an ablation."""


def _of_act_beside(line: Line, start: int, low: int, high: int, done: Sequence[Mention]) -> bool:
    """True for a place that another procedure of the clause took, while the ablation has one of its own: "wedge resection of RUL nodule followed by cryoablation of a chest wall deposit"."""
    text = line.read.flat
    acts = [low + m.start() for m in ACT.finditer(text[low:start])]
    if not acts or any(acts[-1] <= m.start < start for m in done):
        return False
    sites = [m.start for m in line.labelled("SITE") if low <= m.start < high]
    return any((m.start < at < acts[-1]) if m.start < acts[-1] else (start < m.start < at) for m in done for at in sites)


THEN = re.compile(
    r"\b(?:last (?:year|month|week|spring|summer|fall|autumn|winter|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*)|(?:days|weeks|months|years) ago)\b",
    re.IGNORECASE,
)
"""Words that date what a clause tells to another time."""
FOR_PLACE = re.compile(
    r"\s*(?:(?:of )?(?:ice|margins?|clearance|cover(?:age)?) )?(?:(?:for|around|about|in|at|@|beyond|past|outside|over)\s+|\()(?:the |his |her |an? )?(?:(?:left|right|l|r|lt|rt|upper|lower|deep)\s+)*",
    re.IGNORECASE,
)


def ahead(m: Mention, text: str, at: int) -> bool:
    """True if a measure is of the place told right behind it: "17 mm nodule in the deltoid", "4 mm for the pleural deposit"."""
    if m.label == "SIZE" and BRACKET.fullmatch(text, m.end, at) and LIST_OF_SIZES.search(text, max(0, m.start - 20), m.start):
        return True
    if m.label == "SIZE" and APPOSED.match(text, m.end) and ITS_OWN.search(text, max(0, m.start - 24), m.start):
        return m.end <= at and OF_PLACE.fullmatch(text[m.end + 1 : at]) is not None
    return m.end <= at and bool((OF_PLACE if m.label == "SIZE" else FOR_PLACE).fullmatch(text[m.end : at]))


ITS_OWN = re.compile(r"\b(?:an?|one|the|another|second|third|other|further),? (?:\w+, )?$", re.IGNORECASE)
APPOSED = re.compile(r", (?=(?:deposit|nodule|lesion|mass|implant|metastasis|tumou?r|focus|node)\b)", re.IGNORECASE)
"""Around the size of a lesion told between commas: "a second, 14 mm, deposit along the gutter"."""
BRACKET = re.compile(r"\s*\((?:the )?(?:(?:left|right|l|r|lt|rt|upper|lower|deep) )*", re.IGNORECASE)
LIST_OF_SIZES = re.compile(r"(?:\b(?:measur\w+|are|were|now)|\),?(?: and)?|:)\s*$", re.IGNORECASE)
"""Before a size that a list tells ahead of its place in brackets: "measuring 15 mm (RLL), 9 mm (RUL) and 12 mm (pleura)"."""


def _owner(line: Line, m: Mention, pieces: Sequence[tuple[int, Place]]) -> int:
    """Which piece a measure belongs to: "17 mm nodule in the deltoid" the next, else the last one named, else one that follows closely."""
    text = line.read.flat
    inside = [i for i, (start, _) in enumerate(pieces) if m.start < start < m.end]
    before = inside[:1] or [i for i, (start, _) in enumerate(pieces) if start <= m.start]
    after = [] if inside else [i for i, (start, _) in enumerate(pieces) if m.end <= start <= m.end + 45]
    if after and m.label in ("SIZE", "MARGIN") and ahead(m, text, pieces[after[0]][0]):
        return after[0]
    return before[-1] if before else after[0] if after else -1


def _real(line: Line, start: int, place: Place, titled: bool, said: Sequence[Mention] | None) -> bool:
    """False for a landmark, and for what its clause says was not treated."""
    text = line.read.flat
    _, high = clause(line, start)
    if untreated(line, start) or (SPARED.search(text[start:high]) and all(m.label == "COVERAGE" for m in said or ())):
        return False
    end = max((m.end for m in place.mentions), default=start)
    ahead = text[max(line.sentence.start, start - 40) : start]
    own = OWN_TUMOUR.match(text, end) is not None
    lining = place.site in SURFACES and TUMOUR_ALONG.search(ahead)
    landmark = (
        (LANDMARK.search(ahead) and not lining and not (own and (ALONGSIDE.search(ahead) or PASSED.search(ahead))))
        or (AT.search(ahead) and not own)
        or MONITORED.search(ahead)
        or (PASSED.search(ahead) and not own)
        or INFUSED.search(text, max(line.sentence.start, start - 80), start)
        or BESIDE.match(text[end : end + 30])
    )
    landmark = landmark or MADE_READY.match(text, end, end + 60)
    landmark = landmark or CLEAR.match(text[end : end + 60]) or LIKENED.search(ahead) or ENTERED.search(ahead)
    landmark = landmark or (ROUTE.search(ahead) and ROUTE_END.match(text[end : end + 30]))
    if SPREADS.search(ahead) and not TUMOUR.search(text[end : end + 30]):
        return False
    if titled and len(line.labelled("SITE")) > 1 and ORIGIN.search(text[max(line.sentence.start, start - 80) : start]):
        return False
    return titled or not landmark or any(m.label == "SIZE" and end <= m.start <= end + 30 for m in said or ())


ORIGIN = re.compile(
    r"\bmetasta\w+ (?:from |of )?(?:an? |the |his |her )?(?:[\w-]+ ){0,3}?(?:\w+oma|tumou?r|cancer|GIST|LMS|UPS|DDLPS|MPNST)s? (?:of|in|from|arising (?:in|from)) (?:(?:the|his|her|left|right|l|r|uterine) )*$",
    re.IGNORECASE,
)
"""Before the organ that a spread tumour came from: "metastatic angiosarcoma of the breast"."""


def _beside(line: Line, place: Place, start: int) -> bool:
    """True if a tumour is said to lie by a place."""
    ahead = line.read.flat[max(line.sentence.start, start - 70) : start]
    return bool(LANDMARK.search(PORTION.sub("", ahead)[-40:]) and TUMOUR.search(ahead))


PORTION = re.compile(
    r"(?:\w+ )?\b(?:pole|border|edge|margin|end|half|third|part|surface|tip|angle|shaft|body|tail|head|wing|insertion|root|segments? \w+) of ",
    re.IGNORECASE,
)
"""Which part of it a lesion lies by: "behind the lower pole of the left kidney"."""


def _pieces(line: Line, found: Sequence[Place], last: Place, bare: Sequence[tuple[int, str]]) -> list[tuple[int, Place]]:
    """(start, place) of each place, name or finer place of a line; a finer place alone is one of what was spoken of last."""
    used = {m for p in found for m in p.mentions}
    out = [(min(m.start for m in p.mentions if m.label in ("SITE", "NAME")), p) for p in found]
    out += [(m.start, Place(name=m.concept, mentions=(m,))) for m in line.labelled("NAME") if m not in used]
    out += [
        (m.start, Place(parts=frozenset((m.concept,)), mentions=(m,)))
        for m in line.labelled("PART")
        if m not in used and not m.concept.startswith("bulk:") and not _relative(m, line) and not _by_the_way(m, line)
    ]
    out = _with_parts(_with_bare(sorted(out, key=lambda piece: piece[0]), bare), line.read.flat)
    if len({m.concept for m in rows_of(line)}) == 1:
        out = _one_row(out)
    base, whole = last, []
    for i, (start, place) in enumerate(out):
        if not place.site and place.parts and (organ := _organ_of(place, base)):
            place = replace(place, site=organ)
        elif not place.site and place.parts and (place.name or not base.site or any(fits(q, base.site) for q in place.parts)):
            place = _seated(place, _listed_with(line, out[i:]) or base, _side_before(line, place.mentions[-1].start))
        whole.append((start, place))
        base = place if place.site else base
    whole = [(start, place) for start, place in whole if place.site or place.name]
    return [(whole[0][0], _sided(whole[0][1], line))] if len(whole) == 1 else whole


CELL_OPENS = re.compile(r"(?:[|¦\t]|\s{2})\s*$")
"""Before the first word of a cell."""
GAP = 80
"""Blanks that may part a word from the sign before it."""


def _sided(place: Place, line: Line) -> Place:
    """With the side that stands for itself in a line of one named place, or opens its cell: "Site 3, abdominal wall under the incision, right, 2.2 cm"; "2 | R loin, in the abdominal wall"."""
    text = line.read.flat
    row = bool(rows_of(line))
    alone = [
        m
        for m in line.labelled("SIDE")
        if (row and CELL_OPENS.search(text, max(0, m.start - 4), m.start))
        or (
            text[max(0, m.start - GAP) : m.start].rstrip()[-1:] in (",", "(", ";")
            and re.match(r"\s*[,;)]", text[m.end : line.sentence.end])
        )
    ]
    if not place.site or not place.name or place.side or len({m.concept for m in line.labelled("SIDE")}) != 1 or not alone:
        return place
    return replace(place, side=alone[0].concept, mentions=(*place.mentions, alone[0]))


def _organ_of(place: Place, base: Place) -> str:
    """The one organ that has such finer places, where the place spoken of last has none: "the lower pole" of no adrenal."""
    organs = [KINDS[k] for q in place.parts if (k := q.split(":")[0]) == "pole"]
    return organs[0][0] if organs and base.site and base.site not in organs[0] and base.site not in POLED else ""


POLED = ("spleen", "head_neck")
"""Other organs that have poles."""


def _by_the_way(part: Mention, line: Line) -> bool:
    """True for the pole that a lesion lies beside: "perirenal fat, posterior to the lower pole"."""
    before = line.read.flat[max(line.sentence.start, part.start - 40) : part.start]
    return part.concept.startswith("pole:") and LANDMARK.search(before) is not None


def _relative(part: Mention, line: Line) -> bool:
    """True for a part that only tells a target from its fellow: "the lower nodule", "the upper one"."""
    text = line.read.flat
    return (
        part.concept.split(":")[0] in ("height", "depth", "breadth", "reach", "layer")
        and re.search(r"\bthe $", text[max(line.sentence.start, part.start - 10) : part.start], re.IGNORECASE) is not None
        and re.match(
            r"\s+(?:one|nodule|lesion|deposit|mass|target|tumou?r|metastasis|node|implant)\b", text[part.end : part.end + 14], re.IGNORECASE
        )
        is not None
    )


def rows_of(line: Line) -> list[Mention]:
    """The lesions that a row of a typed table names in its own column (or in its columns, one each)."""
    return [m for m in line.labelled("NAME") if m.rule_id == "grids#name"]


def _one_row(pieces: list[tuple[int, Place]]) -> list[tuple[int, Place]]:
    """A row of a table speaks of one place: the first that it names, with whatever finer places stand beside it."""
    first = next((p for _, p in pieces if p.site), None)
    if first is None or not pieces:
        return pieces
    name = next((p.name for _, p in pieces if p.name), "")
    kinds = {q.split(":")[0] for q in first.parts}
    same = [p for _, p in pieces if p.site in ("", first.site)]
    finer = frozenset(q for p in same for q in p.parts if q.split(":")[0] not in kinds)
    side = first.side or next((p.side for p in same if p.side), "")
    seen = tuple(dict.fromkeys(m for p in same for m in p.mentions))
    return [(pieces[0][0], replace(first, side=side, name=name, parts=first.parts | finer, mentions=seen))]


def _with_parts(pieces: list[tuple[int, Place]], text: str) -> list[tuple[int, Place]]:
    """A name goes to the finer place told right behind it: "Tumour A, left upper pole"."""
    out: list[tuple[int, Place]] = []
    for start, place in pieces:
        head = out[-1][1] if out else None
        if head and head.name and not (head.site or head.parts or place.site or place.name) and _right_behind(head, start, text):
            out[-1] = (out[-1][0], replace(place, name=head.name, mentions=(*head.mentions, *place.mentions)))
        else:
            out.append((start, place))
    return out


def _right_behind(head: Place, start: int, text: str) -> bool:
    """True if nothing but punctuation and a side stands between a name and what follows it; short names have no mention to measure from."""
    return not head.mentions or bool(LIST.fullmatch(re.sub(r"[:=(–-]", " ", text[head.mentions[-1].end : start])))


LIST = re.compile(r"(?:\s*(?:,|/|&|\+|\band\b|\bor\b)\s*|\b(?:left|right|l|r|lt\.?|rt\.?|the|an?)\s+|\s+)*", re.IGNORECASE)


def _listed_with(line: Line, pieces: Sequence[tuple[int, Place]]) -> Place | None:
    """The place that closes a list of finer places: "5th and left 7th ribs"."""
    text = line.read.flat
    for (_, place), (start, following) in pairwise(pieces):
        until = min((m.start for m in following.mentions), default=start)
        if not re.search(r"[,/&+]|and", text[place.mentions[-1].end : start]) or not LIST.fullmatch(
            text[place.mentions[-1].end : min(until, start)]
        ):
            return None
        if following.site:
            return following
    return None


def _seated(place: Place, base: Place, side: Mention | None) -> Place:
    """A finer place alone lies in the place that was spoken of last, or in which its list ends."""
    if not base.site:
        return place
    kinds = {p.split(":")[0] for p in place.parts}
    parts = place.parts | {p for p in base.parts if p.split(":")[0] not in kinds}
    mentions = (*place.mentions, side) if side else place.mentions
    return replace(place, site=base.site, side=side.concept if side else base.side, parts=parts, mentions=mentions)


def _side_before(line: Line, start: int) -> Mention | None:
    """The side told right before a finer place: "left upper pole"."""
    return next((m for m in line.labelled("SIDE") if m.end <= start and not line.read.flat[m.end : start].strip()), None)


def _with_bare(pieces: list[tuple[int, Place]], bare: Sequence[tuple[int, str]]) -> list[tuple[int, Place]]:
    """A short name goes to the place told right after it, else stands alone."""
    for start, name in bare:
        at = next((i for i, (s, p) in enumerate(pieces) if start <= s <= start + 40), None)
        if at is not None and not pieces[at][1].name:
            pieces[at] = (start, replace(pieces[at][1], name=name))
        elif at is None or pieces[at][1].name != name:
            pieces.append((start, Place(name=name)))
    return sorted(pieces, key=lambda piece: piece[0])


NUMBERED = re.compile(r"\W{0,2}(?P<style>\(?)(?P<n>[1-9])(?P<end>[).:]|(?= [A-Za-z]))")
LETTERED = re.compile(
    r"(?:^\W*(?:(?P<first>[A-E])(?=[:,)]|\. (?!\d)| {2,}| ?[–—-] | (?:and [A-E]\b|was|is|has|had|lies|measure\w*|treated|got|received|incomplete\w*|complete\w*|well|stable|unchanged)))|(?<![\w.'/-])(?<!\d )(?<!° )(?<!itis )(?<!min )(?P<inner>[A-E])(?![\w.'/+-]|ntibiot| [A-Z]))"
)

INTRODUCED = re.compile(r"(?:^|[:;,.]\s+)\(?([A-E])[).]\s")
"""Letters under which a sentence lists its targets: "three nodules: A) right upper lobe, 14 mm; B) right lower lobe, 11 mm"."""


class Marks(NamedTuple):
    """What may be a short name in a sentence; each session and each target of a note asks."""

    introduced: frozenset[str]
    bracketed: tuple[re.Match[str], ...]
    lettered: tuple[re.Match[str], ...]
    small: re.Match[str] | None
    numbered: re.Match[str] | None


@lru_cache(maxsize=4096)
def _marks(text: str) -> Marks:
    return Marks(
        frozenset(x.upper() for x in INTRODUCED.findall(text)),
        tuple(BRACKETED.finditer(text)),
        tuple(LETTERED.finditer(text)),
        SMALL.match(text),
        NUMBERED.match(text),
    )


def short_names(lines: Sequence[Line]) -> dict[Line, list[tuple[int, str]]]:
    """(character, number) of targets by number or letter alone, where the report has introduced them so: "(1) Psoas, 43 mm", "A: 7 mm"."""
    letters = {
        chr(64 + int(m.concept))
        for x in lines
        for m in x.labelled("NAME")
        if m.text[-1:].isalpha() and m.text[-1:] == chr(64 + int(m.concept))
    }
    letters = letters if "A" in letters or any(len(m.text) > 3 for x in lines for m in x.labelled("NAME")) else set()  # else an initial
    for line in lines:
        heads = _marks(line.text).introduced
        letters |= heads if {"A", "B"} <= heads and len(line.labelled("SIZE", "LENGTH")) > 1 and line.labelled("SITE", "PART") else set()
    counted = {
        n
        for x in lines
        if len(x.labelled("SIZE", "LENGTH")) > 1 and {"1", "2"} <= (told := {m[1] for m in _marks(x.text).bracketed})
        for n in told
    }
    small = _lettered(lines)
    letters |= {x.upper() for x in small}
    listed = {} if _called_otherwise(lines) else _numbered(lines)
    measured = _measured_items(lines)
    known = {} if letters or any(x.labelled("NAME") for x in lines) else numbered.titles(lines)
    back = numbered.called(lines, known)
    out: dict[Line, list[tuple[int, str]]] = {}
    for before, line in pairwise(lines):
        alone = _name_alone(before)
        if alone and before.sentence.paragraph == line.sentence.paragraph:
            out[line] = [(line.sentence.start, alone)]
    for line in lines:
        marks = _marks(line.text)
        spots = out.get(line, []) + [
            (line.sentence.start + m.start(), str(ord(m["first"] or m["inner"]) - 64))
            for m in marks.lettered
            if (m["first"] or m["inner"]) in letters
        ]
        spots += [(line.sentence.start + m.start(), m[1]) for m in marks.bracketed if m[1] in counted]
        item = marks.small
        if item and item[1] in small and item[1].islower():
            spots.append((line.sentence.start + item.start(1), str(ord(item[1]) - 96)))
        head = marks.numbered
        kinds = WORTH if head and head["end"] else ("SITE", "PART")
        if (
            head
            and (head["n"] in listed.get((head["style"], head["end"]), ()) or _called_back(line, head, listed))
            and (line.labelled(*kinds, "ZONE") or line in measured)
        ):
            spots.append((line.sentence.start + head.start("n"), head["n"]))
        if back and line in known.values():
            at = min(m.start for m in line.labelled("SITE", "PART", "ORGAN"))
            spots = [(at, n) for n, title_line in known.items() if title_line == line]
        taken = line.labelled("NAME", "PROBES", "DATE")
        spots = [(at, n) for at, n in spots if not any(m.start <= at < m.end for m in taken)]
        if line in back:
            spots.append((line.sentence.start, back[line]))
        if spots:
            out[line] = spots
    return out


LETTER = re.compile(r"(?:^|[ (])[A-E]\W?$")


def _called_otherwise(lines: Sequence[Line]) -> bool:
    """True if an item of a numbered list calls its target by a letter: "1) Microwave ablation, recurrent nodule (target B of last April)"."""
    heads = ((x, _marks(x.text).numbered) for x in lines)
    return any(h and h["end"] and any(LETTER.search(m.words) and m.concept != h["n"] for m in x.labelled("NAME")) for x, h in heads)


def _name_alone(line: Line) -> str:
    """The name that is all a line holds ("Rx 1."), for what the next sentence says."""
    names = line.labelled("NAME")
    return names[0].concept if len(names) == 1 and re.fullmatch(r"\W*", line.text.replace(names[0].text, "", 1)) else ""


def _called_back(line: Line, head: re.Match[str], listed: Mapping[tuple[str, str], set[str]]) -> bool:
    """True if a line opens with the number of a listed target and a colon, and tells its margins: "1: ant 8, post 6 mm"."""
    return head["end"] == ":" and any(head["n"] in numbers for numbers in listed.values()) and bool(line.labelled("MARGIN", "COVERAGE"))


BRACKETED = re.compile(r"(?:(?<=\s)|^)\(([1-5])\)(?=[\s:.,])")
"""Numbers under which a sentence lists its targets and others call them: "two targets: (1) ..., 19 mm; (2) ..., 10 mm", "1 probe into (2)"."""
SMALL = re.compile(r"\W{0,3}([A-Ea-e])(?:[).:]|\s?[–—=-])\s")
"""The letter that heads an item of a list."""
COLUMN = re.compile(r"[ \t]*([A-E])[ \t]+(?=[\w(])")
"""The letter that heads a row of columns, without a sign behind it; the article too, so that a second row has to bear it out."""


def _lettered(lines: Sequence[Line]) -> set[str]:
    """The letters that head lines with a place and a measure each, where they begin with the first two: "a) right gutter implant, 2.4 cm", "A  segment 6  2.2 cm"."""
    measured = _measured_items(lines)
    heads = {
        m[1]
        for x in lines
        if (m := _marks(x.text).small or COLUMN.match(x.text))
        and x.labelled("SITE", "PART")
        and (x.labelled("SIZE", "LENGTH", "PROBES") or x in measured)
    }
    return heads if {"a", "b"} <= heads or {"A", "B"} <= heads else set()


def _numbered(lines: Sequence[Line]) -> dict[tuple[str, str], set[str]]:
    """The numbers under which targets are listed, by style: first and second item each with a place and a size or probes."""
    out: dict[tuple[str, str], set[str]] = {}
    measured = _measured_items(lines)
    for line in lines:
        head = _marks(line.text).numbered
        if head and line.labelled("SITE", "PART") and (line.labelled("SIZE", "PROBES") or line in measured):
            out.setdefault((head["style"], head["end"]), set()).add(head["n"])
    return {style: numbers for style, numbers in out.items() if {"1", "2"} <= numbers}


OPENING = 25
"""Characters of a sentence within which it opens with a size: "It now measures 21 mm"."""


def _measured_items(lines: Sequence[Line]) -> set[Line]:
    """The numbered or lettered lines that name a place, and whose next sentence opens with its size: "1. Liver, segment VI. 21 x 18 mm."."""
    return {
        line
        for line, after in pairwise(lines)
        if line.sentence.paragraph == after.sentence.paragraph
        and (_marks(line.text).numbered or _marks(line.text).small)
        and line.labelled("SITE", "PART")
        and not after.labelled("PART")
        and any(m.start < after.sentence.start + OPENING for m in after.labelled("SIZE"))
    }


def places_at(line: Line) -> list[Place]:
    """The places of a line that are neither denied nor a relative's."""
    return [
        p for p in places(line.sentence, line.read.flat) if not any(m.has("negated", "family") for m in p.mentions if m.label == "SITE")
    ]


HEADED = re.compile(r"[^:.;]{0,80}:(?=\s)")


def heads(c: Candidate) -> list[tuple[Line, int]]:
    """The lines that a candidate's size heads, and where they name it."""
    return [(s.line, s.start) for s in c.spots if c.moved or head_size(s)]


def head_size(spot: Spot) -> str:
    """The one size in the heading that a line opens with, where it names the spot and a tumour."""
    head = HEADED.match(spot.line.text)
    until = spot.line.sentence.start + head.end() if head else 0
    sizes = [m.concept for m in spot.said if m.label == "SIZE" and m.end <= until]
    return sizes[0] if head and spot.start < until and len(sizes) == 1 and TUMOUR.search(head[0]) else ""


def is_sized(spot: Spot) -> bool:
    """True if a spot is told with a length."""
    return any(m.label == "SIZE" for m in spot.said)
