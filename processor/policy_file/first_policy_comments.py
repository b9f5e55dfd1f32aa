"""The comments of a first policy, in two languages; what they stand beside is the body in `first_policy_text`."""

from collections.abc import Mapping
from typing import Literal

Lang = Literal["pl", "en"]

# `$name` is a number or a word of the policy.
COMMENTS: Mapping[str, Mapping[Lang, str]] = {
    "head": {
        "en": (
            "The first agreement of marketing and sales: a pilot of three months, from $starts to $review. It promises little, so that "
            "it can be kept; at the review both sides look at the figures and write version 2. It was made for: industry $industry, a "
            "usual deal of $deal, a sales cycle in days: $cycle, SDRs: $sdr, AEs: $ae."
        ),
        "pl": (
            "Pierwsza umowa marketingu i sprzedaży: trzymiesięczny pilotaż, od $starts do $review. Obiecuje niewiele, żeby dało się "
            "dotrzymać słowa; przy przeglądzie obie strony patrzą na liczby i piszą wersję 2. Powstała dla: branża $industry, typowa "
            "transakcja $deal, cykl sprzedaży w dniach: $cycle, SDR: $sdr, AE: $ae."
        ),
    },
    "examples": {
        "en": "People, roles, pages and industries are examples: put in your own, then run `handoff policy check` on this file.",
        "pl": "Osoby, role, strony i branże są przykładami: wpisz własne, a potem uruchom na tym pliku `handoff policy check`.",
    },
    "version": {
        "en": "A new version never moves a promise already made: a handoff stays with the version under which it was made.",
        "pl": "Nowa wersja nie zmienia danych już obietnic: przekazany lead zostaje przy wersji, pod którą go przekazano.",
    },
    "review": {
        "en": "The last working day of the pilot. A reminder comes 14 days before, on the day, and on every open day after it.",
        "pl": "Ostatni dzień roboczy pilotażu. Przypomnienie przychodzi 14 dni wcześniej, w tym dniu i w każdy następny dzień roboczy.",
    },
    "calendar": {
        "en": (
            "Clocks run only while sales is at work: put in your own hours. Public holidays of $country are closed; other days off "
            'and short days go under exceptions: {2027-05-04: [], 2027-12-31: ["09:00-13:00"]}.'
        ),
        "pl": (
            "Zegary biegną tylko wtedy, gdy sprzedaż pracuje: wpisz własne godziny. Święta państwowe ($country) są wolne; inne dni "
            'wolne i skrócone wpisz jako exceptions: {2027-05-04: [], 2027-12-31: ["09:00-13:00"]}.'
        ),
    },
    "evidence": {
        "en": (
            "CRMs sync late: a breach stays provisional for an hour, and word of a call that comes within 5 days still withdraws it. "
            "Once the CRM's connector sends heartbeats, name it, sources: {hubspot: {max_silence: 1 hours}}, and nobody is blamed while "
            "it is silent."
        ),
        "pl": (
            "CRM-y synchronizują się z opóźnieniem: naruszenie jest przez godzinę tymczasowe, a wiadomość o telefonie, która przyjdzie "
            "w ciągu 5 dni, jeszcze je cofa. Gdy łącznik CRM zacznie wysyłać sygnały życia, dopisz go, sources: {hubspot: {max_silence: "
            "1 hours}}: dopóki milczy, nikt nie będzie obwiniany."
        ),
    },
    "profile": {
        "en": "What marketing owes with every lead: without these it is withheld, and that counts against marketing.",
        "pl": "Co marketing jest winien przy każdym leadzie: bez tych danych lead jest wstrzymany i obciąża to marketing.",
    },
    "small": {
        "en": (
            "A deal of $deal cannot pay for many calls to people who only look around. So the threshold is high ($threshold), and "
            "little fit is asked for ($min_fit): the reps' time is for those who are ready to buy."
        ),
        "pl": (
            "Transakcja za $deal nie opłaci wielu telefonów do osób, które tylko się rozglądają. Dlatego próg jest wysoki ($threshold), "
            "a wymagane dopasowanie małe ($min_fit): czas handlowców jest dla tych, którzy są gotowi kupić."
        ),
    },
    "medium": {
        "en": (
            "A deal of $deal pays for some calls in vain, not for many: a threshold of $threshold, and fit of $min_fit at least. One "
            "segment is enough for a pilot; a second one is worth its while once the figures differ by size of company."
        ),
        "pl": (
            "Transakcja za $deal opłaci kilka telefonów na próżno, ale nie wiele: próg $threshold i dopasowanie co najmniej $min_fit. "
            "Na pilotaż wystarczy jeden segment; drugi ma sens, gdy wyniki zaczną zależeć od wielkości firmy."
        ),
    },
    "large": {
        "en": (
            "A deal of $deal is worth a call to a lead that is only warming up: the threshold is low ($threshold), but the company has "
            "to fit ($min_fit). The first segment that matches counts."
        ),
        "pl": (
            "Transakcja za $deal jest warta telefonu do leada, który dopiero się rozgrzewa: próg jest niski ($threshold), ale firma "
            "musi pasować ($min_fit). Liczy się pierwszy pasujący segment."
        ),
    },
    "enterprise": {
        "en": (
            "Companies from 1000 employees are few and buy most: they are called 10 points sooner, if they fit better. Their leads go "
            "to team $enterprise_team."
        ),
        "pl": (
            "Firm od 1000 pracowników jest mało, a kupują najwięcej: dzwonimy 10 punktów wcześniej, jeśli lepiej pasują. Ich leady "
            "dostaje zespół $enterprise_team."
        ),
    },
    "score": {
        "en": (
            "Who they are (fit, at most 50 points) and what they do (intent, at most 60). Two different activities at least: one e-book "
            "is not readiness."
        ),
        "pl": (
            "Kim są (fit, najwyżej 50 punktów) i co robią (intent, najwyżej 60). Co najmniej dwie różne aktywności: jeden e-book to "
            "jeszcze nie gotowość."
        ),
    },
    "fit": {
        "en": "Companies of $least_employees to $most_employees employees are those that a deal of $deal usually comes from.",
        "pl": "Firmy od $least_employees do $most_employees pracowników to te, z których zwykle pochodzi transakcja za $deal.",
    },
    "intent": {
        "en": (
            "Points halve in $half_life days, a third of the sales cycle (7 to 45 days): what somebody did a whole cycle ago says little."
        ),
        "pl": (
            "Punkty maleją o połowę co $half_life dni, czyli co jedną trzecią cyklu sprzedaży (od 7 do 45 dni): to, co ktoś robił cały "
            "cykl temu, mówi niewiele."
        ),
    },
    "fast_track": {
        "en": (
            "Who asks to talk and looks at $page within $fast_track days, a sixth of the cycle (7 to 30), is called at once, below the "
            "threshold too."
        ),
        "pl": (
            "Kto prosi o rozmowę i ogląda $page w ciągu $fast_track dni, jednej szóstej cyklu (od 7 do 30), do tego dzwonimy od razu, "
            "także poniżej progu."
        ),
    },
    "attempts": {
        "en": "An attempt is made by a person and got through: it rang, or was delivered. Two within an hour count once.",
        "pl": "Próbę podejmuje człowiek i musi ona dojść: telefon dzwonił, wiadomość dostarczono. Dwie w ciągu godziny liczą się raz.",
    },
    "clocks": {
        "en": (
            "What sales owes. In the pilot no lead is taken away by a clock: first see how often it would happen. Later: {at: 200%, do: "
            "return_to_marketing} as the last step of first_attempt."
        ),
        "pl": (
            "Co jest winna sprzedaż. W pilotażu żaden zegar nie zabiera leada: najpierw zobaczcie, jak często by się to zdarzało. "
            "Później: {at: 200%, do: return_to_marketing} jako ostatni krok first_attempt."
        ),
    },
    "acceptance": {
        "en": (
            "Taking the lead: by accepting it, by returning it with a reason, or simply by the first attempt. Half as long again as the "
            "first attempt has."
        ),
        "pl": (
            "Przejęcie leada: przez przyjęcie, przez zwrot z powodem albo po prostu przez pierwszą próbę. O połowę więcej czasu niż na "
            "pierwszą próbę."
        ),
    },
    "first_attempt_1": {
        "en": "Somebody who works the leads alone has meetings and days off: a full working day. Better a slow promise that is kept.",
        "pl": "Kto sam obsługuje leady, ma spotkania i urlop: cały dzień roboczy. Lepsza powolna obietnica, ale dotrzymana.",
    },
    "first_attempt_2": {
        "en": "Two people can stand in for each other: half a working day.",
        "pl": "Dwie osoby mogą się zastępować: pół dnia roboczego.",
    },
    "first_attempt_more": {
        "en": (
            "Where even the smallest team has so many people ($reps), somebody is always free: $hours hours. The sooner the call, the "
            "likelier the talk."
        ),
        "pl": (
            "Gdy także najmniejszy zespół (osób: $reps) jest tak liczny, ktoś zawsze jest wolny: $hours godziny. Im szybszy telefon, "
            "tym pewniejsza rozmowa."
        ),
    },
    "enough_attempts": {
        "en": (
            "Nobody gives up after one call: $attempts attempts in $attempt_days working days, as much as the smallest team (people: "
            "$reps) can promise. From 3 people on it is 4 in 7, from 6 on 5 in 10."
        ),
        "pl": (
            "Nikt nie odpuszcza po jednym telefonie. Próby: $attempts w ciągu $attempt_days dni roboczych, tyle może obiecać "
            "najmniejszy zespół (osób: $reps). Od 3 osób są to 4 próby w 7 dni, od 6 osób 5 prób w 10 dni."
        ),
    },
    "qualification": {
        "en": "Is it a deal or not: a quarter of the sales cycle (days: $cycle), in whole working weeks (1 to 6).",
        "pl": "Będzie z tego transakcja czy nie: ćwierć cyklu sprzedaży (dni: $cycle), w pełnych tygodniach roboczych (od 1 do 6).",
    },
    "pauses": {
        "en": "The only reason for which clocks stand still.",
        "pl": "Jedyny powód, dla którego zegary stoją.",
    },
    "returns": {
        "en": "Why a lead goes back, whose fault that is, and the track on which marketing goes on with it.",
        "pl": "Dlaczego lead wraca, kogo to obciąża i na jakiej ścieżce prowadzi go dalej marketing.",
    },
    "requalify": {
        "en": (
            "A returned lead comes again after $cool_down days at the earliest, a third of the sales cycle (14 to 90 days), with 5 "
            "points above the threshold and something newly done."
        ),
        "pl": (
            "Zwrócony lead wraca najwcześniej po $cool_down dniach, czyli po jednej trzeciej cyklu sprzedaży (od 14 do 90 dni), z "
            "wynikiem o 5 punktów powyżej progu i z nową aktywnością."
        ),
    },
    "teams": {
        "en": (
            "Names as in the CRM. capacity: leads in work at one time. Of about $per_day attempts that a rep makes in a day, half are "
            "for new leads: $per_day_new times $attempt_days days, divided by the attempts each takes ($attempts), rounded down to "
            "$capacity."
        ),
        "pl": (
            "Nazwy jak w CRM. capacity: leady w pracy jednocześnie. Z około $per_day prób, które handlowiec podejmuje w ciągu dnia, "
            "połowa przypada na nowe leady: $per_day_new razy $attempt_days dni, podzielone przez liczbę prób ($attempts), w dół do "
            "$capacity."
        ),
    },
    "closers": {
        "en": "They take over what is qualified; none of the leads above is handed to them first.",
        "pl": "Przejmują to, co zakwalifikowane; żaden z powyższych leadów nie trafia do nich jako pierwszych.",
    },
    "targets": {
        "en": (
            "Three figures, one of each side and one of both: the pilot is to show where you stand, so they are easy to keep; tighten "
            "them at the review. How many leads marketing should promise: handoff plan --deal AMOUNT --revenue AMOUNT --sql-to-won 25% "
            "--mql-to-sql 30%."
        ),
        "pl": (
            "Trzy liczby, po jednej z każdej strony i jedna wspólna: pilotaż ma pokazać, gdzie jesteście, więc są łatwe do dotrzymania; "
            "zaostrzcie je przy przeglądzie. Ile leadów powinien obiecać marketing: handoff plan --deal KWOTA --revenue KWOTA "
            "--sql-to-won 25% --mql-to-sql 30%."
        ),
    },
}
