"""DMN files of a few tables and expressions, written by tests."""

# ruff: noqa: E501 - XML of a case stays on one line
HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:d="urn:draaischijf:dmn:1" id="x">'


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text):
    return escaped(text).replace('"', "&quot;")


def table(rows, *, inputs=("x",), outputs=("y",), policy="UNIQUE", more="", name="t", output=""):
    """Return a decision of rows of cells; `more` are attributes of the table, `output` a child of each output."""
    parts = [f'<decision id="{name}" name="Tabel {name}"><variable name="{name}"/>']
    parts.append(f'<decisionTable hitPolicy="{policy}" {more}>')
    parts += [
        f'<input label="{attribute(text)}"><inputExpression><text>{escaped(text)}</text></inputExpression></input>'
        for text in inputs
    ]
    parts += [f'<output name="{text}">{output}</output>' for text in outputs]
    for number, row in enumerate(rows, 1):
        parts.append(f'<rule id="r{number}">')
        for place, cell in enumerate(row):
            kind = "inputEntry" if place < len(inputs) else "outputEntry"
            parts.append(f"<{kind}><text>{escaped(cell)}</text></{kind}>")
        parts.append("</rule>")
    return "".join([*parts, "</decisionTable></decision>"])


def literal(name, text, requires=()):
    links = "".join(
        f'<informationRequirement><requiredDecision href="#{item}"/></informationRequirement>'
        for item in requires
    )
    body = f"<literalExpression><text>{escaped(text)}</text></literalExpression>"
    return f'<decision id="{name}" name="{name}">{links}{body}</decision>'


def file(*decisions):
    return f"{HEAD}{''.join(decisions)}</definitions>".encode()
