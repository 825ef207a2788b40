"""Which column of a file means what: guessed from its heading in several languages, and changed by people."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from desktop_inbox.models.entities.custom_field import CustomField
from desktop_inbox.models.search_text import fold


class Target(StrEnum):
    """What a column of a file becomes."""

    IGNORE = ""
    NAME = "name"  # first and last name in one
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "tel"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    MATRIX = "matrix"
    EMAIL = "mailto"
    COMPANY = "company"
    COUNTRY = "country"
    LANGUAGE = "language"
    ZONE = "zone"  # IANA
    TAGS = "tags"
    LISTS = "lists"
    CONSENT = "consent"  # "opted out", or an answer to "may we write to you?"
    OPT_OUT = "opt_out"  # an answer to "does not want messages?"
    BLOCKED = "blocked"


#: A column becomes a Target, or the field whose slug follows this.
FIELD_PREFIX: Final = "fields."

#: Headings by what they mean; compared without case, accents, spaces and signs.
_HEADINGS: Final[Mapping[Target, str]] = {
    Target.FIRST_NAME: """first name|given name|forename|vorname|prenom|nombre de pila|primer nombre|nome proprio
        |primeiro nome|voornaam|imie|fornavn|fornamn|etunimi|keresztnev|jmeno|meno|prenume|имя|名|prenombre|given""",
    Target.LAST_NAME: """last name|surname|family name|nachname|familienname|nom de famille|apellido|apellidos|cognome
        |sobrenome|ultimo nome|achternaam|nazwisko|etternavn|efternamn|efternavn|sukunimi|vezeteknev|prijmeni
        |priezvisko|nume de familie|фамилия|姓|family""",
    Target.NAME: """name|full name|display name|contact|contact name|kontakt|nombre|nombre completo|nom|nom complet
        |nome|nome completo|naam|volledige naam|nazwa|navn|namn|nimi|nev|isim|ad soyad|имя и фамилия|фио|ονομα|姓名
        |名前|氏名|이름|الاسم|שם|ten|ho ten|customer|client|patient|person|persona|teilnehmer""",
    Target.PHONE: """phone|phone number|phone numbers|telephone|telephone number|tel|tel nr|mobile|mobile phone
        |mobile number|mobile phone number|cell|cell phone|cellphone|cell number|sms|sms number|number|telefon
        |telefonnummer|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer|telefono|telefono movil|movil|celular
        |numero de telefono|numero de telephone|portable|gsm|cellulare|telefone|telemovel|telefoonnummer|mobiel|numer
        |numer telefonu|telefon komorkowy|komorka|telefonszam|puhelin|puhelinnumero|matkapuhelin|телефон|мобильный
        |номер|номер телефона|τηλεφωνο|電話|電話番号|电话|手机|手机号|전화|전화번호|휴대폰|الهاتف|هاتف
        |טלפון|so dien thoai
        |phone 1 value|phone1 value|primary phone|home phone|work phone|business phone|mobile phone 2
        |msisdn|urn tel|urns tel""",
    Target.WHATSAPP: "whatsapp|whatsapp number|whatsappnummer|whatsapp id|wa|urn whatsapp|urns whatsapp",
    Target.TELEGRAM: "telegram|telegram id|telegram chat id|chat id|urn telegram|urns telegram",
    Target.MATRIX: "matrix|matrix id|matrix user|mxid",
    Target.EMAIL: """email|e mail|mail|email address|e mail address|mailadresse|e mail adresse|emailadresse|correo
        |correo electronico|courriel|adresse mail|adresse electronique|posta elettronica|indirizzo email|e mailadres
        |adres e mail|sahkoposti|e post|epost|e post adress|почта|электронная почта|メール|邮箱|电子邮件|이메일|البريد
        |דואל|e mail 1 value|e mail address 2|urn mailto|urns mailto""",
    Target.COMPANY: """company|company name|organization|organisation|organization name|firma|unternehmen|betrieb
        |empresa|compania|entreprise|societe|azienda|societa|bedrijf|bedrijfsnaam|organisatie|yritys|foretag|virksomhet
        |ceg|компания|организация|会社|公司|회사|business|employer|organization 1 name|account""",
    Target.COUNTRY: "country|country code|land|landercode|pais|pays|paese|kraj|maa|страна|国|国家|국가",
    Target.LANGUAGE: """language|lang|locale|sprache|idioma|langue|lingua|taal|jezyk|sprak|kieli|nyelv|язык|言語|语言
        |언어""",
    Target.ZONE: """time zone|timezone|tz|iana time zone|zeitzone|zona horaria|huso horario|fuseau horaire|fuso orario
        |fuso horario|tijdzone|strefa czasowa|tidszon|tidssone|aikavyohyke|idozona|часовой пояс
        |タイムゾーン|时区|시간대""",
    Target.TAGS: """tags|tag|labels|label|categories|category|schlagworte|schlagwort|kategorien|kategorie|etiketten
        |etiquetas|etiqueta|categorias|categoria|etiquettes|etiquette|etichette|etichetta|tagi|kategorier|etikett|теги|метки
        |タグ|标签|태그""",
    Target.LISTS: """lists|list|contact lists|groups|group|group membership|gruppen|gruppe|listen|liste|listas|lista
        |grupos|grupo|groupes|groupe|listes|gruppi|groepen|lijsten|grupy|группы|список""",
    Target.CONSENT: """consent|opt in|opted in|subscribed|opt in status|consent status|subscription|subscription status
        |einwilligung|zustimmung|consentimiento|consentement|consenso|consentimento|toestemming|zgoda|sms consent
        |accepts marketing|accepts sms marketing|marketing consent""",
    Target.OPT_OUT: """opt out|opted out|optout|do not contact|dnc|unsubscribed|unsubscribe|stop|abgemeldet|widerruf
        |widersprochen|abbestellt|nicht kontaktieren|baja|no contactar|desinscrit|desabonne|ne pas contacter
        |disiscritto|cancelado|afgemeld|wypisany|do not text|no sms""",
    Target.BLOCKED: "blocked|blocklist|gesperrt|blockiert|bloqueado|bloque|bloccato|geblokkeerd",
}
_SIGNS = re.compile(r"[\W_]+")


def _spelled(heading: str) -> str:
    return " ".join(_SIGNS.sub(" ", fold(heading)).split())


_MEANING: Final = {
    _spelled(heading): target for target, headings in _HEADINGS.items() for heading in headings.split("|")
}


def guess_target(heading: str) -> Target | None:
    """Return what a heading means, or None where nobody can tell."""
    return _MEANING.get(_spelled(heading)) or _MEANING.get(re.sub(r" \d+$", "", _spelled(heading)))


def guess_mapping(columns: Sequence[str], fields: Sequence[CustomField] = ()) -> tuple[str, ...]:
    """Return what each column becomes: a Target, "fields.<slug>", or "".

    Fields come first, as an office gave them their names; a meaning that can be there once goes to the first
    column that has it, and the parts of a name win over the whole.
    """
    by_name = {_spelled(field.name): FIELD_PREFIX + field.slug for field in fields}
    by_slug = {(FIELD_PREFIX + field.slug).lower(): FIELD_PREFIX + field.slug for field in fields}
    guessed: list[str] = []
    for column in columns:
        field = by_slug.get(column.strip().lower())
        target = guess_target(column)
        # A field called like something every contact has is meant only by its slug.
        guessed.append(field or (str(target) if target else by_name.get(_spelled(column), "")))
    if Target.NAME in guessed and (Target.FIRST_NAME in guessed or Target.LAST_NAME in guessed):
        guessed = ["" if one == Target.NAME else one for one in guessed]
    seen: set[str] = set()
    for place, one in enumerate(guessed):
        if one and one not in _SEVERAL and one in seen:
            guessed[place] = ""
        seen.add(one)
    return tuple(guessed)


#: What several columns may become; of everything else there is one.
_SEVERAL: Final = frozenset(
    {Target.PHONE, Target.WHATSAPP, Target.TELEGRAM, Target.MATRIX, Target.EMAIL, Target.TAGS, Target.LISTS}
)
