"""Writes scalars.jsonl: small YAML documents and what PyYAML makes of them, for tests/io/yaml_json_test.cc.

    pip install PyYAML==6.0.4 && python tests/data/yaml/make_scalars.py > tests/data/yaml/scalars.jsonl

Each line is {"yaml": TEXT, "value": VALUE}, or has no value where PyYAML refuses the text. Dates are strings.
"""
import json
import random
import string

import yaml


class Loader(yaml.CSafeLoader):
    pass


Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)

WORDS = """~ null Null NULL nUll true True TRUE tRue false False FALSE yes Yes YES yEs no No NO on On ON off Off OFF y n
0 -0 +0 00 07 017 08 -017 0o17 0b0 0b101 -0b11 0b12 0x1f 0X1f 0x -0xA_b 0xg 1_000 _1 1_ -1_0 +12 - + -- 1- 1+1
9223372036854775807 9223372036854775808 18446744073709551615 -9223372036854775808
1:30 -1:30 1:60 1:5 190:20:30 0:30 01:30 1:30.5 0:30.5 -190:20:30.15 1_0:3_0 1:30. 1:
1.5 1. .5 -.5 +.5 -0.0 1.0e3 1.0e+3 1e3 1e+3 1.e+3 1.5E-3 1_0.2_5 ._5 .5_ . .. ... .e+1 1.2.3 1.5e+ 1.5e400 1.0e+400 1.0e-400 -1.0e+400
.inf -.inf +.inf .Inf .INF .iNf .nan .NaN .NAN -.nan .Nan inf nan
2001-12-14 2001-12-14t21:59:43.10-05:00 2001-1-1 2001-12-14T1:02:03Z
= << == <<< a b a:b a:b:c #a a#b %a @a `a ! a!b &a *a ?a -a a-
0.1 0.30000000000000004 123456789.123456789 1.7976931348623157e+308 5.0e-324 2.5e-324
1,000 1e 0e0 0.0e+0 00.5 0x1.8 0b1.0 6e-4 1.0e-05 2M 64k 3.14abc 1__0 0_7 0x_1f""".split()


def random_number(rng):
    return "".join(rng.choices("0123456789_.:+-exbXEinfa", k=rng.randint(1, 7)))


def random_text(rng):
    kinds = [" ", "\n", "\t", "\\", '"', "'", ":", "#", "-", "é", "あ", "\U0001f600", "\x00", "\x07", "\x1b", "\x7f",
             "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\r", ": ", " #", "\n\n", "  "]
    return "".join(rng.choice(kinds) if rng.random() < 0.5 else rng.choice(string.ascii_letters)
                   for _ in range(rng.randint(0, 12)))


def random_quoted(rng):
    """Double quotes with escapes, good and bad, and line breaks."""
    parts = ["a", "b ", " ", "\n", "\n\n", "\n  ", "\\\n", "\\\n  ", "\\n", "\\t", "\\_", "\\N", "\\L", "\\P", "\\0", "\\a",
             "\\e", "\\ ", '\\"', "\\\\", "\\/", "\\x41", "\\xe9", "\\u263a", "\\uD83D", "\\U0001F600", "\\U00110000",
             "\\x4", "\\q", "\\'", "é"]
    return '"' + "".join(rng.choices(parts, k=rng.randint(0, 6))) + '"'


def random_block(rng):
    header = rng.choice("|>") + rng.choice(["", "-", "+"]) + rng.choice(["", "", "", "2"])
    lines = [rng.choice(["", "", "  a", "  b c", "   d", "    ", "  \t", "  # e"]) for _ in range(rng.randint(0, 5))]
    return f"k: {header}\n" + "\n".join(lines) + rng.choice(["", "\n", "\n\n"])


def documents():
    rng = random.Random(1)
    for word in WORDS:
        yield from (word, f"[{word}]", f"k: {word}", f'"{word}"', f"'{word}'")
        for tag in ("!", "!!str", "!!int", "!!float", "!!bool", "!!null"):
            if tag in ("!", "!!str") or rng.random() < 0.2:
                yield f"{tag} {word}"
    for _ in range(900):
        yield random_number(rng)
    for _ in range(900):
        yield yaml.dump(random_text(rng), allow_unicode=rng.random() < 0.5, width=rng.choice([5, 80]),
                        default_style=rng.choice([None, '"', "'", "|", ">"]))
    for _ in range(500):
        yield random_quoted(rng)
    for _ in range(300):
        yield random_block(rng)
    for _ in range(200):
        yield "[" + random_text(rng) + "]"
    # PyYAML's own way of writing what a stop string often is.
    yield from (yaml.dump({"until": [text]}) for text in ("\n", "\n\n", " ", "\t", " \n", "\n ", "\r\n", ""))


def value_of(text):
    try:
        value = yaml.load(text, Loader)
        json.dumps(value).encode()
        return {"yaml": text, "value": value}
    except Exception:  # PyYAML raises ValueError, KeyError and others besides its own
        return {"yaml": text}


def is_the_same_for_us(line):
    """Python's whole numbers have any length, its !!int and !!float take what no plain scalar may look like."""
    text, value = line["yaml"], line.get("value")
    if text.startswith(("!!int", "!!float", "!!null", "!!bool")):
        kinds = {"!!int": int, "!!float": float, "!!null": type(None), "!!bool": bool}
        plain = value_of(text.split(" ", 1)[1])
        return "value" in plain and type(plain["value"]) is kinds[text.split(" ", 1)[0]]
    return not isinstance(value, int) or -2**63 <= value < 2**64


if __name__ == "__main__":
    seen = set()
    for document in documents():
        line = value_of(document)
        if document in seen or not is_the_same_for_us(line):
            continue
        seen.add(document)
        print(json.dumps(line, ensure_ascii=True))
