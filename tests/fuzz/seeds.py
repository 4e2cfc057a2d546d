"""Writes small inputs of the fuzz targets, made from files of the repository: FOLDER/TARGET/NAME.

usage: seeds.py FOLDER
"""
import gzip
import json
import pathlib
import struct
import sys

MOST_BYTES = 4000  # larger ones are mutated slowly
ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*patterns: str) -> list[bytes]:
    contents = [path.read_bytes() for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [content for content in contents if len(content) <= MOST_BYTES]


def lines(pattern: str) -> list[str]:
    return [line for path in sorted(ROOT.glob(pattern)) for line in path.read_text(encoding="utf-8").split("\n") if line]


def binidx() -> list[bytes]:
    """Three documents of two-byte tokens, then of four-byte ones."""
    return [b"MMIDIDX\0\0" + struct.pack("<QBQQ3i3q4q", 1, code, 3, 4, 2, 1, 3, 0, 2 * width, 3 * width, 0, 1, 2, 3)
            for code, width in ((8, 2), (4, 4))]


def literals() -> list[bytes]:
    texts = ("['a', \"b\" 'c', None]", "(1, -2.5e3, 0x1f, 1_000)", "[True, [[], 'x\\n\\u00e9\\N{BULLET}'], -9223372036854775808]",
             "[r'\\d', b'\\x00', '''a\nb''', 18446744073709551615]  # comment\n", "{'a': 1}", "{1, 2}", "[1+2j, ...]", "[1,\n\\\n2,]")
    return [text.encode() for text in texts]


def templates() -> list[bytes]:
    return files("tests/data/golden/chat/*.jinja") + [
        json.loads(line).get("template", "").encode() for line in lines("tests/data/templates.jsonl")]


def text_sources() -> list[bytes]:
    """The first byte is the index of the name in text_source_fuzz.cc; from 128 on, bad lines are skipped."""
    rows = [json.dumps({"text": text}) for text in ("One.", "Zwei\n\"Ä\"\u2028\U0001F600", "")]
    rows.append('{"id": [1, {"a": null}], "text": "\\ud83d\\ude00 \\u0000", "score": -1.5e-3, "is_new": true}')
    json_lines = "\n".join(rows).encode()
    array = ("[" + ",\n".join(rows) + "]").encode()
    text = b"\xef\xbb\xbfOne.<|endoftext|> Two. \n"
    sources = [(0, text), (1, json_lines), (129, json_lines + b"\nbroken\n"), (2, array), (5, array),
               (3, gzip.compress(json_lines, mtime=0)), (5, text)]
    sources += [(1, content) for content in files("tests/data/eval/docs/*.jsonl")]
    return [bytes([kind]) + content for kind, content in sources]


def tokenizers() -> list[bytes]:
    """The shipped one with few of its tokens, one like Llama's, and that with each other component in turn."""
    small = json.loads((ROOT / "assets/teacher/tokenizer.json").read_text(encoding="utf-8"))
    model = small["model"]
    model["vocab"] = dict(list(model["vocab"].items())[:256])
    model["merges"] = []

    tokens = ["<unk>", "<s>", *(f"<0x{byte:02X}>" for byte in b"\n \xc3\xb6"), "▁", "a", "b", "é", "ab", "▁a", ""]
    flags = {"single_word": False, "lstrip": False, "rstrip": True, "special": True}
    space = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    llama = {
        "added_tokens": [{"id": 0, "content": "<unk>", "normalized": False, **flags}, {"id": 1, "content": "<s>", "normalized": True, **flags}],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": None,
        "post_processor": {"type": "TemplateProcessing", "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
                           "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]},
        "decoder": {"type": "Sequence", "decoders": [
            space, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
                  "vocab": {token: id for id, token in enumerate(tokens)}, "merges": ["a b", ["▁", "a"]]},
    }
    regex = {"pattern": {"Regex": "(?i:'s)|\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+"}}
    byte_level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}
    components = {
        "normalizer": [{"type": "NFKC"}, {"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "ByteLevel"},
                       {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Replace", "content": "x", **regex}],
        "pre_tokenizer": [{"type": "Split", "behavior": "Isolated", "invert": False, **regex}, byte_level, metaspace,
                          {"type": "Digits", "individual_digits": True}, {"type": "Punctuation"}, {"type": "BertPreTokenizer"},
                          {"type": "CharDelimiterSplit", "delimiter": "l"}, {"type": "FixedLength", "length": 2}],
        "post_processor": [byte_level, {"type": "BertProcessing", "sep": ["<s>", 1], "cls": ["<s>", 1]}],
        "decoder": [byte_level, metaspace, None, {"type": "Replace", "content": "", **regex}],
    }
    variants = [{**llama, part: component} for part, values in components.items() for component in values]
    return [json.dumps(text, ensure_ascii=False).encode() for text in [small, llama, *variants]]


SEEDS = {
    "binidx": binidx(),
    "config": files("assets/teacher/*config.json", "tests/data/golden/*/*/*config.json", "tests/data/golden/*/*/*/*config.json"),
    "literal_eval": literals(),
    "safetensors": files("tests/data/golden/*/*.safetensors"),
    "template": templates(),
    "tensor_folder": [b'{"metadata": {"total_size": 2}, "weight_map": {"a": "a", "b": "b"}}'],
    "text_source": text_sources(),
    "tokenizer_json": tokenizers(),
    "torch_file": files("tests/data/torch/*.pth"),
    "yaml": files("assets/*.yaml", "assets/teacher/*.yaml", "assets/tasks/*.yaml", "assets/tasks/synthetic/*.yaml", "examples/*.yaml"),
}

for target, contents in SEEDS.items():
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True)
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
