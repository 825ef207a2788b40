"""Invented texts of the benchmark office, in the languages and lengths of a real one."""

import random

_OPENINGS = {
    "en": ("Hello", "Good morning", "Thanks", "Sorry to ask again", "One question", "Quick note", "Dear team"),
    "de": ("Guten Tag", "Hallo", "Vielen Dank", "Noch eine Frage", "Kurze Nachricht", "Liebe Praxis"),
    "es": ("Buenos días", "Hola", "Muchas gracias", "Una pregunta", "Perdón por insistir"),
    "fr": ("Bonjour", "Merci beaucoup", "Une question", "Désolé d'insister", "Chère équipe"),
    "pl": ("Dzień dobry", "Dziękuję bardzo", "Mam pytanie", "Przepraszam"),
    "tr": ("Merhaba", "Günaydın", "Teşekkür ederim", "Bir sorum var"),
    "ru": ("Здравствуйте", "Добрый день", "Спасибо", "Ещё вопрос"),
    "ar": ("مرحبا", "صباح الخير", "شكرا جزيلا", "عندي سؤال"),
    "zh": ("您好", "早上好", "非常感谢", "请问"),
    "ja": ("こんにちは", "おはようございます", "ありがとうございます", "質問があります"),
    "ko": ("안녕하세요", "감사합니다", "질문이 있습니다"),
    "th": ("สวัสดีครับ", "ขอบคุณมาก", "มีคำถามครับ"),
}
_MIDDLES = {
    "en": (
        "can we move the appointment to",
        "the invoice you sent shows",
        "is the bicycle ready before",
        "my order is still missing",
        "the parcel was delivered to",
        "please call me back about",
        "the repair of the front wheel costs",
        "we will be late by",
    ),
    "de": (
        "können wir den Termin verschieben auf",
        "die Rechnung zeigt noch",
        "ist das Fahrrad fertig bis",
        "meine Bestellung fehlt seit",
        "bitte rufen Sie mich zurück wegen",
        "wir kommen später um",
        "der Schlüssel liegt bei",
    ),
    "es": (
        "podemos cambiar la cita para",
        "la factura muestra",
        "está lista la bicicleta antes de",
        "mi pedido no llegó a",
        "llámeme por favor sobre",
    ),
    "fr": (
        "pouvons-nous déplacer le rendez-vous au",
        "la facture indique",
        "le vélo est-il prêt avant",
        "ma commande n'est pas arrivée à",
        "rappelez-moi au sujet de",
    ),
    "pl": (
        "czy możemy przełożyć wizytę na",
        "faktura pokazuje",
        "czy rower będzie gotowy przed",
        "proszę oddzwonić w sprawie",
    ),
    "tr": ("randevuyu erteleyebilir miyiz", "faturada görünen", "bisiklet hazır mı", "lütfen beni arayın"),
    "ru": ("можно перенести приём на", "в счёте указано", "готов ли велосипед к", "перезвоните мне пожалуйста"),
    "ar": ("هل يمكن تغيير الموعد إلى", "الفاتورة تظهر", "هل الدراجة جاهزة قبل", "اتصل بي من فضلك"),
    "zh": ("我们可以把预约改到", "发票上写着", "自行车什么时候修好", "请给我回电话"),
    "ja": ("予約を変更できますか", "請求書には", "自転車はいつ直りますか", "折り返しお電話ください"),
    "ko": ("예약을 변경할 수 있을까요", "청구서에 나온", "자전거는 언제 준비되나요", "전화 부탁드립니다"),
    "th": ("ขอเลื่อนนัดเป็น", "ใบแจ้งหนี้แสดง", "จักรยานเสร็จเมื่อไร", "กรุณาโทรกลับ"),
}
_ENDINGS = {
    "en": ("on Monday afternoon", "next week", "as soon as possible", "at the front desk", "tomorrow at nine"),
    "de": ("am Montag Nachmittag", "nächste Woche", "so bald wie möglich", "an der Rezeption", "morgen um neun Uhr"),
    "es": ("el lunes por la tarde", "la próxima semana", "lo antes posible", "mañana a las nueve"),
    "fr": ("lundi après-midi", "la semaine prochaine", "dès que possible", "demain à neuf heures"),
    "pl": ("w poniedziałek po południu", "w przyszłym tygodniu", "jutro o dziewiątej"),
    "tr": ("pazartesi öğleden sonra", "gelecek hafta", "yarın saat dokuzda"),
    "ru": ("в понедельник днём", "на следующей неделе", "завтра в девять"),
    "ar": ("يوم الاثنين بعد الظهر", "الأسبوع القادم", "غدا في التاسعة"),
    "zh": ("星期一下午", "下个星期", "明天九点"),
    "ja": ("月曜日の午後", "来週", "明日の九時に"),
    "ko": ("월요일 오후", "다음 주", "내일 아홉 시"),
    "th": ("วันจันทร์ตอนบ่าย", "สัปดาห์หน้า", "พรุ่งนี้เก้าโมง"),
}
_WEIGHTS = {
    "en": 40,
    "de": 14,
    "es": 14,
    "fr": 8,
    "pl": 4,
    "tr": 4,
    "ru": 4,
    "ar": 3,
    "zh": 3,
    "ja": 2,
    "ko": 2,
    "th": 2,
}
_SYLLABLES = (
    "ba",
    "ka",
    "lo",
    "mi",
    "ne",
    "ro",
    "sa",
    "tu",
    "ve",
    "wi",
    "xo",
    "za",
    "fer",
    "gan",
    "hol",
    "jen",
    "mar",
    "pel",
)
_FIRST = (
    "Ana",
    "Bo",
    "Chen",
    "Dana",
    "Emre",
    "Fátima",
    "Gül",
    "Hana",
    "Ivan",
    "Jörg",
    "Kofi",
    "Léa",
    "María",
    "Noor",
    "Olga",
    "Piotr",
)
_LAST = (
    "Müller",
    "García",
    "Kowalski",
    "Nguyen",
    "Okafor",
    "Smith",
    "Yılmaz",
    "Ivanova",
    "Tanaka",
    "Haddad",
    "Dubois",
    "Rossi",
)


def pool(random_source: random.Random, size: int) -> list[str]:
    """Return ``size`` texts of about 80 characters; a rare word in each makes every search worth while."""
    languages = random_source.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()), k=size)
    return [_text(random_source, language) for language in languages]


def name(random_source: random.Random) -> tuple[str, str]:
    """Return a first and a last name."""
    last = random_source.choice(_LAST) if random_source.random() < 0.5 else _word(random_source).capitalize()
    return random_source.choice(_FIRST), last


def _text(random_source: random.Random, language: str) -> str:
    choose = random_source.choice
    opening, middle, ending = choose(_OPENINGS[language]), choose(_MIDDLES[language]), choose(_ENDINGS[language])
    number = random_source.randrange(100, 100_000)
    return f"{opening}, {middle} {number} {_word(random_source)} {ending}."


def _word(random_source: random.Random) -> str:
    return "".join(random_source.choices(_SYLLABLES, k=3))
