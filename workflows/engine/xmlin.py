"""The only door for XML of others: no DOCTYPE, entities or network; limits on bytes, depth and nodes."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from urllib.parse import quote

from lxml import etree

from workflows.engine.model import Finding, Level

MAX_DEPTH = 100
MAX_NODES = 60_000
MAX_ATTRIBUTES = 400_000
MAX_OF_ONE = 1_000  # attributes of one element: they are walked by position, so time goes with the square
MAX_NAME = 1_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Start tags, and before them what may hold something that only looks like one.
_MARKUP = re.compile(
    r"""<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<[^!?/<>](?:"[^"<]*"|'[^'<]*'|[^<>"'])*>""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""(?<=\s)([^\s=<>"']++)(\s*+=\s*+)("[^"<]*"|'[^'<]*')""")
_IN_ADDRESS = ".~:/?#@!$&'()*+,;=%-_"
_ENCODING = re.compile(rb"""<\?xml[^>]{0,80}?encoding\s*=\s*["']([\w.-]+)""")
_DOCTYPE = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING_ERRORS = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_ENCODING_NAME,
    }
)


class Refused(Exception):
    """This file may not come in; `findings` says why, in full."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(", ".join(sorted({found.code for found in findings})))
        self.findings = findings


def _finding(code: str, line: int | None = None, **args: object) -> Finding:
    level: Level = "error"
    return Finding(code, level, None, line, dict(args))


_CALLED_UTF16 = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,80}encoding=.utf-?16", re.IGNORECASE)


def _bare_parser(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )


def _unicode(data: bytes) -> str | None:
    """Return the Unicode encoding that the first bytes give away."""
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None and b"\x00" in data[:4]:
        encoding = "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"
    return encoding


def _declared_doctype(data: bytes) -> int | None:
    """Return the line of a DOCTYPE or ENTITY declaration, whatever Unicode encoding hides it."""
    text = data.decode(_unicode(data) or "latin-1", errors="replace")
    # A comment or CDATA section may speak of DOCTYPE without being one.
    text = re.sub(
        r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)",
        lambda m: "\n" * m.group().count("\n"),
        text,
        flags=re.DOTALL,
    )
    found = _DOCTYPE.search(text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def _limits(root: etree._Element, limit_nodes: int) -> list[Finding]:
    """Check depth, number and size of what was parsed, without recursion."""
    findings: list[Finding] = []
    nodes = attributes = deepest = 0
    deepest_line: int | None = None
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        nodes += 1
        own = len(element.attrib)
        attributes += own
        if own > MAX_OF_ONE:
            findings.append(_finding("xml-too-many-attributes", element.sourceline, limit=MAX_OF_ONE))
        if depth > deepest:
            deepest, deepest_line = depth, element.sourceline
        if len(str(element.get("id") or "")) > MAX_NAME:
            findings.append(_finding("xml-name-too-long", element.sourceline, limit=MAX_NAME))
        stack.extend((child, depth + 1) for child in element)
    if deepest > MAX_DEPTH:
        findings.append(_finding("xml-too-deep", deepest_line, depth=deepest, limit=MAX_DEPTH))
    if nodes > limit_nodes or attributes > MAX_ATTRIBUTES:
        findings.append(_finding("xml-too-many-nodes", None, nodes=nodes, limit=limit_nodes))
    return findings


def _from_syntax_error(error: etree.XMLSyntaxError, parser: etree.XMLParser) -> list[Finding]:
    findings: list[Finding] = []
    for entry in parser.error_log:
        if entry.type in _ENCODING_ERRORS:
            code = "xml-encoding"
        elif "depth" in entry.message.lower() or "huge" in entry.message.lower():
            code = "xml-too-deep"
        else:
            code = "xml-broken"
        findings.append(_finding(code, entry.line or None, detail=entry.message[:200]))
        if len(findings) == 20:
            break
    return findings or [_finding("xml-broken", error.lineno, detail=str(error.msg)[:200])]


def _odd_names_only(parser: etree.XMLParser) -> bool:
    """Tell whether all that is wrong is a namespace that is no address, such as one with a blank in it."""
    return {entry.type for entry in parser.error_log} == {etree.ErrorTypes.WAR_NS_URI}


def _quoted_namespaces(data: bytes, encoding: str | None) -> bytes:
    """Write namespaces as addresses, in UTF-8: some tools make them of the title of the diagram.

    Raises LookupError and ValueError for what cannot be decoded.
    """
    declared = _ENCODING.match(data)
    name = encoding or _unicode(data) or (declared[1].decode("ascii") if declared else "utf-8")
    text = data.decode("utf-8-sig" if name == "utf-8" else name)
    return _MARKUP.sub(_quoted_in_tag, text).encode()


def _quoted_in_tag(markup: re.Match[str]) -> str:
    return markup[0] if markup[0].startswith(("<!", "<?")) else _ATTRIBUTE.sub(_quoted, markup[0])


def _quoted(attribute: re.Match[str]) -> str:
    name, sign, value = attribute.groups()
    if name != "xmlns" and not name.startswith("xmlns:"):
        return attribute[0]
    return f"{name}{sign}{value[0]}{quote(value[1:-1], safe=_IN_ADDRESS)}{value[0]}"


def _tree(data: bytes, encoding: str | None, *, quoted: bool = False) -> etree._Element:
    parser = _bare_parser(encoding)
    try:
        return etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError as error:
        if _odd_names_only(parser) and not quoted:
            with suppress(LookupError, ValueError):
                return _tree(_quoted_namespaces(data, encoding), "utf-8", quoted=True)
        # The log of the exception may hold remarks of other parsers in this thread.
        raise Refused(_from_syntax_error(error, parser)) from None
    except (ValueError, LookupError, etree.LxmlError, MemoryError) as error:
        raise Refused([_finding("xml-broken", None, detail=type(error).__name__)]) from None


def parse(data: bytes, *, limit: int = 2_000_000, nodes: int = MAX_NODES) -> etree._Element:
    """Return the root element of an untrusted XML file.

    Raises Refused with all findings: too large, empty, DOCTYPE or entities, wrong encoding, broken, too deep,
    too many nodes. Never another exception, never a file or the network.
    """
    if len(data) > limit:
        raise Refused([_finding("xml-too-large", None, bytes=len(data), limit=limit)])
    if not data.strip():
        raise Refused([_finding("xml-empty")])
    findings: list[Finding] = []
    line = _declared_doctype(data)
    if line is not None:
        findings.append(_finding("xml-doctype", line))
    if data.count(b"<") > 2 * nodes + 100:
        findings.append(_finding("xml-too-many-nodes", None, nodes=data.count(b"<") // 2, limit=nodes))
    if findings:
        # What is known to be hostile is not handed to a parser at all.
        raise Refused(findings)
    # Some tools write UTF-8 and call it UTF-16; what begins with one byte for each character is not.
    root = _tree(data, "utf-8" if _CALLED_UTF16.match(data) else None)
    docinfo = root.getroottree().docinfo
    if docinfo.doctype or docinfo.internalDTD is not None:
        findings.append(_finding("xml-doctype", 1))
    findings.extend(_limits(root, nodes))
    if any(isinstance(node, etree._Entity) for node in root.iter(etree.Entity)):
        findings.append(_finding("xml-entity"))
    if findings:
        raise Refused(findings)
    return root
