"""The people of the simulated town. All are made up; their numbers are of ranges kept for fiction."""

from dataclasses import dataclass
from typing import Final

from desktop_inbox.models.entities.contact import Scheme

NETWORKS: Final = {"sms": Scheme.TEL, "whatsapp": Scheme.WHATSAPP, "telegram": Scheme.TELEGRAM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to the office. `network` is where they write first."""

    name: str
    number: str  # E.164
    language: str  # BCP 47; decides their words
    network: str  # key of NETWORKS
    habit: str = ""  # "fickle" opts out and in, "silent" never answers, "caller" rather calls

    def path(self, network: str) -> str:
        """Return the address on a network."""
        return str(700_000_000 + int(self.number[-7:])) if network == "telegram" else self.number


def _person(line: str) -> Person:
    name, number, language, network, *habit = (part.strip() for part in line.split("|"))
    return Person(name=name, number=number, language=language, network=network, habit=habit[0] if habit else "")


PEOPLE: Final = tuple(
    _person(line)
    for line in """
Maria Gómez | +14155550101 | es | sms
Jonas Okafor | +14155550102 | en | sms
陈美玲 | +14155550103 | zh | whatsapp
Amina Khalil | +14155550104 | ar | whatsapp
Grace Whitfield | +14155550105 | en | sms
Lukas Brandt | +14155550106 | de | whatsapp
Sophie Laurent | +33639980017 | fr | whatsapp
Diego Fuentes | +14155550108 | es | sms
Yuki Tanaka | +14155550109 | ja | whatsapp
Min-jun Park | +14155550110 | ko | telegram
Noa Ben-David | +14155550111 | he | whatsapp
Priya Raman | +14155550112 | hi | whatsapp
Dmitri Volkov | +14155550113 | ru | telegram
Elif Yılmaz | +14155550114 | tr | whatsapp
Beatriz Almeida | +14155550115 | pt | whatsapp
Nattapong Srisai | +14155550116 | th | telegram
Tom Hargreaves | +447700900118 | en | sms
Olivia Chen | +14155550119 | en | sms
Walter Nowak | +14155550120 | en | sms | caller
Fatima Zahra | +14155550121 | ar | whatsapp
Henry Osei | +14155550122 | en | sms
Isabella Rossi | +14155550123 | en | sms
Caleb Thompson | +14155550124 | en | sms
Hannah Fischer | +14155550125 | de | sms
Marcus Bell | +14155550126 | en | sms | fickle
Ruth Adeyemi | +14155550127 | en | sms
Leo Martins | +14155550128 | pt | sms
Ines Carvalho | +14155550129 | pt | whatsapp
Sam Patel | +14155550130 | en | sms
Dorothy Kim | +14155550131 | en | sms
Ahmed Mansour | +14155550132 | ar | sms
Chloé Bernard | +33639980032 | fr | sms
Victor Lindqvist | +14155550134 | en | telegram
Rosa Delgado | +14155550135 | es | whatsapp
Ethan Brooks | +14155550136 | en | sms
Mei Lin Wong | +14155550137 | zh | sms
Aisha Rahman | +14155550138 | en | whatsapp
George Papadakis | +14155550139 | en | sms | silent
Zoe Mitchell | +14155550140 | en | sms
Kenji Mori | +14155550141 | ja | sms
Anna Kowalska | +14155550142 | en | whatsapp
Rafael Ortiz | +14155550143 | es | sms
Emily Stone | +14155550144 | en | sms
Oscar Nilsson | +14155550145 | en | telegram
Lena Vogel | +14155550146 | de | whatsapp
Peter Van Dyke | +14155550147 | en | sms
Samira Haddad | +14155550148 | fr | whatsapp
Brian Doyle | +14155550149 | en | sms
Tatiana Orlova | +14155550150 | ru | whatsapp
Jasmine Clarke | +14155550151 | en | sms
Carlos Medina | +14155550152 | es | sms
Abigail Foster | +14155550153 | en | sms
Nikhil Desai | +14155550154 | hi | sms
Margaret O'Neill | +14155550155 | en | sms | caller
Tyler Jackson | +14155550156 | en | sms
Linh Tran | +14155550157 | en | whatsapp
Paul Schneider | +14155550158 | de | sms
Yusuf Demir | +14155550159 | tr | telegram
Camille Dupont | +33639980061 | fr | sms
Natalie Green | +14155550162 | en | sms
""".strip().splitlines()
)

#: What office staff may try: the last four digits decide what becomes of a message to such a number.
REFUSED: Final = "0191"  # refused at once: no such number
UNREACHABLE: Final = "0192"  # taken, then not delivered
OPTED_OUT: Final = "0193"  # refused: opted out at the carrier
THROTTLED: Final = "0194"  # "slow down" at first, then taken
UNCLEAR: Final = "0195"  # taken, but the answer is lost on the way
LOST: Final = "0196"  # not taken, and the answer is lost as well
