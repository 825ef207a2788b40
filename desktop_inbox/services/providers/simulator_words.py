"""What the people of the simulated town say, in their languages."""

import re
from enum import StrEnum
from typing import Final


class Topic(StrEnum):
    """What a message of the office is about, as far as an answer needs to know."""

    PHOTO = "photo"  # asks for a picture
    TIME = "time"  # offers a time or asks for one
    PRICE = "price"
    HELLO = "hello"
    BYE = "bye"  # closes the conversation: not everybody answers
    OTHER = "other"


_TOPICS: Final = (
    (Topic.PHOTO, r"\b(photo|picture|pic|image|foto|card|selfie)\b"),
    (
        Topic.TIME,
        r"\b(\d{1,2}[:.]\d\d|\d{1,2} ?(am|pm|uhr|h)|o'clock|mon|tues|wednes|thurs|fri|satur|sunday|monday|tuesday"
        r"|wednesday|thursday|friday|saturday|tomorrow|today|next week|appointment|slot|lunes|martes|mañana|morgen"
        r"|demain|termin|rendez|cita|when)\b",
    ),
    (Topic.PRICE, r"[$€£]|\b(price|cost|costs|insurance|pay|invoice|bill|quote|copay)\b"),
    (
        Topic.BYE,
        r"\b(bye|see you|take care|welcome|no problem|have a (nice|good|great)|thank you|thanks|gracias|danke)\b",
    ),
    (Topic.HELLO, r"\b(hi|hello|hey|good (morning|afternoon|evening)|hola|hallo|bonjour|olá)\b"),
)
_PATTERNS: Final = tuple((topic, re.compile(pattern, re.IGNORECASE)) for topic, pattern in _TOPICS)


def topic_of(text: str) -> Topic:
    """Return what a text of the office is about."""
    return next((topic for topic, pattern in _PATTERNS if pattern.search(text)), Topic.OTHER)


def _table(text: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Read entries "language topic: one / two / three", which may go on in the next line."""
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in text.replace("\n  /", " /").strip().splitlines():
        head, _, said = line.partition(":")
        language, topic = head.split()
        words.setdefault(language, {})[topic] = tuple(part.strip() for part in said.split(" / "))
    return words


#: What they begin with ("start") and how they answer, by topic.
_WORDS: Final = _table("""
en start: Hi, do you have anything free this week for a cleaning? / Good morning! Are you open on Saturday?
  / My filling came out last night, what should I do? / Can I move my appointment to later in the day?
  / How much is whitening at the moment? / Do you take new patients? / Running ten minutes late, sorry!
  / Is there parking behind the building? / Could you send me the invoice for March again?
  / My son is nervous about tomorrow, can I come in with him? / Do I need to fast before the procedure?
  / Which insurance plans do you accept? / Hi, it's about the night guard, is it ready to pick up?
  / Can I bring my daughter along on Thursday? / The numbness is still there after 5 hours, is that normal?
  / Just checking that my appointment is still on 😊 / I think I left my scarf in the waiting room
  / Can you call me back when you have a minute?
en photo: Sure, here it is / One second… there you go 📷 / Hope this one is sharp enough
en time: That works for me, thank you! / Perfect, see you then / Could we do half an hour later?
  / Sorry, I work until five. Anything after that? / Yes please, book me in 👍
en price: OK, thanks for letting me know / Does my insurance cover part of it?
  / That's fine, please go ahead / Hm, that is more than I expected. Can I pay in two parts?
en hello: Hi there! / Hello, thanks for getting back to me so quickly / Hey, good to hear from you
en bye: 👍 / Thank you so much! / You too, bye! / 🙏
en other: Got it, thanks / Understood, I'll do that / Okay! / Alright, I'll check and let you know
  / Great, that helps a lot
es start: Buenos días, ¿tienen cita para esta semana? / Hola, ¿a qué hora abren mañana?
  / Me duele mucho una muela, ¿me pueden atender hoy? / ¿Cuánto cuesta una limpieza?
  / Llego 10 minutos tarde, disculpe 🙏
es photo: Claro, aquí la tiene / Se la envío ahora mismo 📷
es time: Perfecto, allí estaré / ¿Podría ser un poco más tarde? / Muy bien, gracias 😊
es other: Muchas gracias / De acuerdo / Vale, entendido 👍
de start: Guten Tag, haben Sie diese Woche noch einen Termin frei?
  / Hallo, wie lange haben Sie heute geöffnet? / Mir ist eine Ecke vom Zahn abgebrochen, was soll ich tun?
  / Könnte ich meinen Termin auf den Nachmittag verschieben?
de photo: Gern, hier ist das Foto / Bitte schön 📷
de time: Das passt mir gut, vielen Dank! / Ginge es auch eine Stunde später? / Prima, bis dann!
de other: Alles klar, danke! / Verstanden / Super, vielen Dank 😊
fr start: Bonjour, avez-vous un créneau cette semaine ? / Bonsoir, j'ai très mal à une dent depuis hier
  / À quelle heure fermez-vous le vendredi ? / Peut-on déplacer mon rendez-vous à jeudi ?
fr photo: Voici la photo / La voilà, j'espère qu'on voit bien 📷
fr time: C'est parfait, merci ! / Un peu plus tard serait possible ? / Très bien, à bientôt
fr other: Merci beaucoup / D'accord, c'est noté / Super, merci 🙏
pt start: Bom dia! Vocês atendem aos sábados? / Olá, quanto custa um clareamento?
  / Preciso remarcar a minha consulta, por favor / Estou com dor de dente desde ontem 😣
pt photo: Claro, aqui está / Segue a foto 📷
pt time: Perfeito, obrigado! / Pode ser um pouco mais tarde? / Combinado, até lá
pt other: Muito obrigado! / Entendi / Está bem 👍
ar start: صباح الخير، هل لديكم موعد هذا الأسبوع؟ / مرحبا، كم سعر تنظيف الأسنان؟ / هل أنتم مفتوحون يوم السبت؟
  / عندي ألم شديد في الضرس، هل يمكنني الحضور اليوم؟
ar photo: تفضلوا الصورة / هذه هي الصورة 📷
ar time: ممتاز، شكرا جزيلا / هل يمكن بعد ذلك بساعة؟ / مناسب لي، إلى اللقاء
ar other: شكرا لكم / حسنا، فهمت / تمام 👍
he start: בוקר טוב, יש תור פנוי השבוע? / שלום, עד איזו שעה אתם פתוחים היום? / אפשר להזיז את התור ליום חמישי?
he photo: הנה התמונה / בבקשה 📷
he time: מצוין, תודה רבה! / אפשר קצת יותר מאוחר?
he other: תודה! / הבנתי, תודה / סבבה 👍
zh start: 您好，这周还有预约时间吗？ / 请问星期六营业吗？ / 洗牙多少钱？ / 我想把预约改到下午，可以吗？
zh photo: 照片发给您了 / 请看这张 📷
zh time: 好的，没问题，谢谢！ / 可以晚半个小时吗？
zh other: 谢谢！ / 明白了 / 好的 👍
ja start: こんにちは。今週の予約は空いていますか？ / 明日は何時まで開いていますか？
  / 昨日から奥歯が痛いのですが、診ていただけますか？
ja photo: 写真を送ります / こちらです 📷
ja time: その時間でお願いします / もう少し遅い時間はありますか？
ja other: ありがとうございます / 承知しました / 助かります 🙏
ko start: 안녕하세요, 이번 주에 예약 가능한 시간이 있나요? / 토요일에도 진료하시나요? / 스케일링 비용이 얼마인가요?
ko photo: 사진 보내드려요 / 여기 있습니다 📷
ko time: 네, 그 시간 좋아요 / 조금 더 늦은 시간은 없을까요?
ko other: 감사합니다! / 네, 알겠습니다 / 좋아요 👍
th start: สวัสดีค่ะ สัปดาห์นี้มีคิวว่างไหมคะ / วันเสาร์เปิดไหมครับ / ขูดหินปูนราคาเท่าไหร่คะ
th photo: ส่งรูปให้แล้วค่ะ / นี่ครับ 📷
th time: ได้ค่ะ ขอบคุณค่ะ / ขอช้ากว่านั้นหน่อยได้ไหมคะ
th other: ขอบคุณค่ะ / รับทราบครับ / โอเคค่ะ 👍
hi start: नमस्ते, क्या इस हफ़्ते कोई समय ख़ाली है? / क्या आप शनिवार को खुले हैं?
  / दाँत की सफ़ाई का कितना ख़र्च है?
hi photo: यह रही फ़ोटो / भेज दी है 📷
hi time: ठीक है, धन्यवाद! / क्या थोड़ा बाद में हो सकता है?
hi other: धन्यवाद 🙏 / समझ गया / ठीक है 👍
ru start: Добрый день! Есть ли запись на эту неделю? / Здравствуйте, до скольких вы сегодня работаете?
  / Сколько стоит отбеливание?
ru photo: Вот фото / Отправляю 📷
ru time: Отлично, спасибо! / А можно немного позже?
ru other: Спасибо! / Понятно, спасибо / Хорошо 👍
tr start: Merhaba, bu hafta boş randevunuz var mı? / Cumartesi açık mısınız? / Diş temizliği ne kadar acaba?
tr photo: Fotoğraf burada / Gönderdim 📷
tr time: Harika, teşekkürler! / Biraz daha geç olabilir mi?
tr other: Teşekkür ederim / Anladım / Tamamdır 👍
""")


def openings(language: str) -> tuple[str, ...]:
    """Return what somebody may begin a conversation with."""
    return _WORDS.get(language, _WORDS["en"])["start"]


def answers(language: str, topic: Topic) -> tuple[str, ...]:
    """Return what somebody may answer; never empty."""
    words = _WORDS.get(language, _WORDS["en"])
    return words.get(topic) or words["other"]
