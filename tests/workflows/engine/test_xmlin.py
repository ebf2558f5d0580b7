"""Untrusted XML: refused in words, never a traceback, never the network or a file."""

import pytest

from workflows.engine import xmlin

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'
)
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
REMOTE = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>'

HOSTILE = {
    "empty": (b"", "xml-empty"),
    "blank": (b" \n\t ", "xml-empty"),
    "not xml": (b"PK\x03\x04 this is a zip", "xml-broken"),
    "json": (b'{"a": 1}', "xml-broken"),
    "cut off": (b"<a><b></b>", "xml-broken"),
    "crossed tags": (b"<a><b></a></b>", "xml-broken"),
    "attribute twice": (b'<a b="1" b="2"/>', "xml-broken"),
    "unknown prefix": (b"<x:a/>", "xml-broken"),
    "entity bomb": (BOMB, "xml-doctype"),
    "file entity": (XXE, "xml-doctype"),
    "remote dtd": (REMOTE, "xml-doctype"),
    "lower-case doctype": (b"<!doctype html><html/>", "xml-doctype"),
    "doctype in utf-16": (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
        "xml-doctype",
    ),
    "doctype in utf-16 without mark": (
        "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>".encode("utf-16-le"),
        "xml-doctype",
    ),
    "unknown entity": (b"<a>&nowhere;</a>", "xml-broken"),
    "wrong encoding": (b'<?xml version="1.0" encoding="utf-8"?><a>\xff\xfe\xe9</a>', "xml-encoding"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml-encoding"),
    "control characters": (b"<a>\x01\x02</a>", "xml-encoding"),
    "too deep": (b"<a>" * 150 + b"</a>" * 150, "xml-too-deep"),
    "far too deep": (b"<a>" * 100_000 + b"</a>" * 100_000, "xml-too-many-nodes"),
    "too many nodes": (b"<a>" + b"<b/>" * 200_000 + b"</a>", "xml-too-many-nodes"),
    "too large": (b"<a>" + b" " * 2_000_001 + b"</a>", "xml-too-large"),
    "too many of one": (
        b"<a " + b" ".join(b'a%d="x"' % number for number in range(2_000)) + b"/>",
        "xml-too-many-attributes",
    ),
    "endless id": (b'<a id="' + b"x" * 5_000 + b'"/>', "xml-name-too-long"),
    "nul": (b"\x00\x00\x00\x00", "xml-broken"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_xml_is_refused_in_words(case):
    data, code = HOSTILE[case]
    with pytest.raises(xmlin.Refused) as refusal:
        xmlin.parse(data)
    assert code in {found.code for found in refusal.value.findings}
    for found in refusal.value.findings:
        assert found.level == "error"
        for locale in ("nl", "fr", "en", "de"):
            assert len(found.message(locale)) > 10


def test_a_hundred_megabytes_are_refused_without_being_parsed():
    with pytest.raises(xmlin.Refused) as refusal:
        xmlin.parse(bytes(100_000_000))
    assert [found.code for found in refusal.value.findings] == ["xml-too-large"]


def test_broken_xml_is_located():
    with pytest.raises(xmlin.Refused) as refusal:
        xmlin.parse(b"<a>\n<b>\n</a>")
    assert refusal.value.findings[0].line == 3


def test_a_comment_may_speak_of_doctype():
    assert xmlin.parse(b"<a><!-- <!DOCTYPE x> --><b/></a>").tag == "a"


def test_other_unicode_encodings_are_read():
    assert (
        xmlin.parse('<?xml version="1.0" encoding="utf-16"?><a name="é"/>'.encode("utf-16")).get("name")
        == "é"
    )
    assert xmlin.parse(b"\xef\xbb\xbf<a/>").tag == "a"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_a_file_that_is_utf_8_and_calls_itself_utf_16_is_read(mark):
    head = b'<?xml version="1.0" encoding="utf-16"?>'
    assert xmlin.parse(mark + head + "<a name='é'/>".encode()).get("name") == "é"
    with pytest.raises(xmlin.Refused):
        xmlin.parse(mark + head + b"<!DOCTYPE a><a/>")


def test_a_namespace_with_a_blank_in_its_name_is_a_name_all_the_same():
    assert xmlin.parse(b'<a xmlns:P="http://x/First Import/P"><P:b/></a>')[0].tag == (
        "{http://x/First%20Import/P}b"
    )


ODD = '<a xmlns:P="x y">{}</a>'
LOOKALIKES = [
    """<b>xmlns="a b"</b>""",
    """<b><![CDATA[<c xmlns="a b"/>]]></b>""",
    """<b name='xmlns="a b"'/>""",
    """<b name='it has  xmlns:Q="a b" inside'/>""",
    """<b my-xmlns="a b"/>""",
]


@pytest.mark.parametrize("inside", LOOKALIKES)
def test_what_only_looks_like_a_namespace_stays_as_it_was_written(inside):
    told = xmlin.parse(ODD.format(inside).encode())[0]
    meant = xmlin.parse(f"<a>{inside}</a>".encode())[0]
    assert (told.text, dict(told.attrib)) == (meant.text, dict(meant.attrib))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1"])
def test_an_odd_namespace_is_a_name_in_every_encoding(encoding):
    declared = encoding.removesuffix("-sig").removesuffix("-le")
    text = f'<?xml version="1.0" encoding="{declared}"?>' + ODD.format('<P:b name="é"/>')
    found = xmlin.parse(text.encode(encoding))[0]
    assert (found.tag, found.get("name")) == ("{x%20y}b", "é")


def test_many_comments_without_an_end_are_refused():
    """Each of them was read to the end of the file once: hours for a file of two megabytes."""
    for opening in (b"<!--", b"<![CDATA["):
        with pytest.raises(xmlin.Refused):
            xmlin.parse(b"<a>" + opening * 150_000)


@pytest.mark.parametrize("rest", [b"<b></a>", b"<c:d/></a>", b"&nowhere;</a>", b"</a><a/>"])
def test_an_odd_namespace_excuses_nothing_else(rest):
    with pytest.raises(xmlin.Refused) as refusal:
        xmlin.parse(b'<a xmlns:P="a b">' + rest)
    assert "xml-broken" in {found.code for found in refusal.value.findings}
