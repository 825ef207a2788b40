"""Two hundred bad files of contacts, made by hand: none may crash the program or be imported by half (P24)."""

import itertools

GOOD = b"Name,Phone,Email\r\nMaria Gomez,+14155550101,maria@example.org\r\nJonas Okafor,+14155550102,\r\n"
GOOD_CARD = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Gomez;Maria;;;\r\nFN:Maria Gomez\r\nTEL;TYPE=CELL:+14155550101\r\n"
    b"EMAIL:maria@example.org\r\nEND:VCARD\r\n"
)

_CSV = (
    b"", b" ", b"\n", b"\r\n\r\n\r\n", b"\x00", b"\x00" * 500, b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf",
    b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\xef\xbb\xbf\n", b"\xff\xfe\n", b"\xfe\xff\x00", b"\xff\xfe\x00\xd8",
    b",", b",,,,", b";;;", b"\t\t", b'"', b'""', b'"""', b'"a', b'"a\n', b'a"b,c"d', b'"a"b,c', b"'", b"'''",
    b"sep=", b"sep=;", b"sep=;\n", b"sep=\n\n", b"sep=\x00\na,b", b"Name", b"Phone", b"Phone\n", b"Phone\n\n\n",
    b"Name,Phone", b"Name,Phone\n,", b"Name,Phone\n,,,,,,,", b"Phone\n+", b"Phone\n-", b"Phone\n+1", b"Phone\nabc",
    b"Phone\n=1+1", b"Phone\n'=1+1", b"Phone\n@SUM(A1)", b"Phone\n1.41555E+10", b"Phone\n1,41555E+10",
    b"Phone\n1E+15", b"Phone\n-1.4E+10", b"Phone\n14155550148.0", b"Phone\n" + b"9" * 400, b"Phone\n+" + b"0" * 15,
    b"Phone\n\xd9\xa1\xd9\xa2\xd9\xa3", b"Phone\n+1415555010\x00", b"Phone\n+1415555\x0110", b"Phone\n#NAME?",
    b"Phone\n#REF!", b"Phone\nNULL", b"Phone\nnan", b"Phone\n+1 (415) 555-0148 ext. 5", b"Phone\n+14155550148;;;;",
    b"Phone\n" + b"+14155550148;" * 200, b"Email\n@", b"Email\na@", b"Email\n@b", b"Email\na@b", b"Email\na@b..c",
    b"Email\n" + b"a" * 500 + b"@example.org", b"Email\na b@example.org", b"Email\n<a@example.org>",
    b"Email\na@example.org,b@example.org,c@example.org", b"Name\n" + b"x" * 10_000, b"Name\n\xe2\x80\xae\xe2\x80\xae",
    b"Name\n\xed\xa0\x80", b"Name\n\xf4\x90\x80\x80", b"Name\n\xc0\xaf", b"Name\n\xef\xbf\xbf", b"Name\n\xe2\x80\x8b",
    b"Name;Phone\nA,B;C,D", b"Name,Phone\n\"A\nB\",+14155550101", b"Name,Phone\nA\rB,+14155550101",
    b"Name,Name,Name\na,b,c", b"Name,Phone\n" + b"A," * 600, b"a" * 2_000_000, b'"' + b"a" * 2_000_000,
    b"Name,Tags\nA," + b";" * 5000, b"Name,Tags\nA," + b"t;" * 5000, b"Name,Tags\nA," + b"x" * 5000,
    b"Name,Opt out\nA,maybe", b"Phone,Opt out\n+14155550101,?", b"Phone,Consent\n+14155550101,perhaps",
    b"Phone,Country\n+14155550101,Atlantis", b"Phone,Language\n+14155550101,?????", b"Phone,Blocked\n+14155550101,hm",
    b"Telegram\nabc", b"Telegram\n0", b"Telegram\n" + b"9" * 40, b"Matrix\n@", b"Matrix\n@a", b"Matrix\n@a:b c",
    b"WhatsApp\nx", b"{\"name\": \"A\"}", b"[1,2,3]", b"<xml><a/></xml>", b"<!DOCTYPE html><table><tr><td>1",
    b"PK\x03\x04" + bytes(range(256)), b"%PDF-1.7\n" + bytes(range(256)), b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    b"\xd0\xcf\x11\xe0" + bytes(range(256)), b"SQLite format 3\x00", b"\x1f\x8b\x08" + bytes(range(256)),
    bytes(range(256)) * 8, bytes(range(255, -1, -1)) * 8, "Имя;Телефон\nМария;+14155550101".encode("cp1251"),
    "名前,電話番号\n山田,+819012345678".encode("shift_jis"), "Name,Phone\nMüller,+4915112345678".encode("utf-16-le"),
    "Name,Phone\nMüller,+4915112345678".encode("utf-32-be"), "Name,Phone\nMüller,1".encode("latin-1"),
    b"Name|Phone\nA|+1", b"Name\x1fPhone\nA\x1f+1", b"Name,Phone\nA,B,C\nD\nE,F,G,H", b"\n\n\nName,Phone\n\n\nA,+1",
    b"Phone,Phone,Phone\n+14155550101,+14155550102,x", b"-,-,-\n-,-,-", b"\\,\\\n\\,\\", b"Phone\n\\;\\;\\",
)  # fmt: skip

_CARDS = (
    b"BEGIN:VCARD", b"BEGIN:VCARD\n", b"BEGIN:VCARD\nEND:VCARD", b"BEGIN:VCARD\nBEGIN:VCARD\nEND:VCARD",
    b"BEGIN:VCARD\nEND:VCARD\nEND:VCARD\nEND:VCARD", b"begin:vcard\nfn:a\nend:vcard", b"BEGIN:VCARD\nTEL:\nEND:VCARD",
    b"BEGIN:VCARD\nTEL\nEND:VCARD", b"BEGIN:VCARD\nTEL;:\nEND:VCARD", b"BEGIN:VCARD\n:\nEND:VCARD",
    b"BEGIN:VCARD\n;;;;\nEND:VCARD", b"BEGIN:VCARD\nTEL;TYPE=\"CELL:+1\nEND:VCARD", b"BEGIN:VCARD\nN:;;;;\nEND:VCARD",
    b"BEGIN:VCARD\nN:a;b;c;d;e;f;g;h\nEND:VCARD", b"BEGIN:VCARD\nN\\;:a\\;b\\\nEND:VCARD",
    b"BEGIN:VCARD\nFN:\\\nEND:VCARD",
    b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:=\nEND:VCARD", b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:=ZZ=\n",
    b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=nothing:=C3=A4\nEND:VCARD",
    b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=FF=FE=00\nEND:VCARD",
    b"BEGIN:VCARD\nFN;CHARSET=IDNA;ENCODING=QUOTED-PRINTABLE:=FF\nEND:VCARD",
    b"BEGIN:VCARD\nFN;CHARSET=ROT13;ENCODING=QUOTED-PRINTABLE:abc\nEND:VCARD",
    b"BEGIN:VCARD\nFN;CHARSET=BASE64;ENCODING=QUOTED-PRINTABLE:abc\nEND:VCARD",
    b"BEGIN:VCARD\nPHOTO;ENCODING=b:" + b"A" * 100_000 + b"\nEND:VCARD",
    b"BEGIN:VCARD\n" + b" folded\n" * 3000 + b"END:VCARD",
    b"BEGIN:VCARD\nTEL:" + b"9" * 100_000 + b"\nEND:VCARD",
    b"BEGIN:VCARD\n" + b"TEL:+14155550101\n" * 3000 + b"END:VCARD",
    b"BEGIN:VCARD\n" + b"CATEGORIES:a,b,c\n" * 2000 + b"END:VCARD",
    b"BEGIN:VCARD\nCATEGORIES:" + b"a," * 5000 + b"\nEND:VCARD",
    b"BEGIN:VCARD\n" * 2000, b"BEGIN:VCARD\nAGENT:BEGIN:VCARD\\nFN:b\\nEND:VCARD\nEND:VCARD",
    b"BEGIN:VCARD\nTEL:tel:+1-415-555-0148;ext=5;phone-context=x\nEND:VCARD", b"BEGIN:VCARD\nTEL:1.4E+10\nEND:VCARD",
    b"BEGIN:VCARD\nEMAIL:mailto:\nEND:VCARD", b"BEGIN:VCARD\nIMPP:telegram:\nIMPP::\nIMPP:x\nEND:VCARD",
    b"BEGIN:VCARD\nORG:\\;\\;;;;\nEND:VCARD", b"BEGIN:VCARD\nADR:;;;;;;\nEND:VCARD", b"BEGIN:VCARD\nADR:\nEND:VCARD",
    b"BEGIN:VCARD\nNOTE:" + b"\\n" * 50_000 + b"\nEND:VCARD", b"\xef\xbb\xbfBEGIN:VCARD\nFN:\xff\xfe\nEND:VCARD",
    "BEGIN:VCARD\nFN:Zoë\nEND:VCARD".encode("utf-16"), b"BEGIN:VCARD\r\rFN:a\r\rEND:VCARD\r",
    b"BEGIN:VCARD\x00FN:a\x00END:VCARD",
    b"BEGIN:VCARD\nFN:=HYPERLINK(\"x\")\nTEL:=1+1\nEND:VCARD", b"BEGIN:VCARD\nX:\nX-:\n-X:\n.X:\na.b.c:d\nEND:VCARD",
)  # fmt: skip


def bad_files() -> list[bytes]:
    """Return the files: those written down, and good ones cut off and damaged at many places."""
    cut = [whole[:place] for whole in (GOOD, GOOD_CARD) for place in range(3, len(whole), max(1, len(whole) // 9))]
    harm = (b"\x00", b'"', b"\xff", b"\r", b"\xe2\x80\xae")
    damaged = [
        whole[:place] + one + whole[place:]
        for whole, one, place in itertools.product((GOOD, GOOD_CARD), harm, (0, 17, 40))
    ]
    files = [*_CSV, *_CARDS, *cut, *damaged]
    assert len(files) >= 200
    return files
