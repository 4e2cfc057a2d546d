"""Writes what every template of a table must give, by jinja2 3.1: the field "text", or "error": true.

usage: render_templates.py tests/data/templates.jsonl

The first line holds the variables of all templates. A line is {"template", "options" (TemplateOptions, where they are not
the default), "text" or "error"}. Templates of the dialect "transformers" have what transformers 5 gives chat templates, on
Saturday, 2026-07-04, at 05:06:07.
"""
import copy
import datetime
import json
import pathlib
import re
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_text"), [], [], body).set_lineno(line)

    def _text(self, caller):
        return caller()


class Namespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        self, fields = args[0], dict(*args[1:], **kwargs)
        for name in fields:
            Namespace.check(name)
        jinja2.utils.Namespace.__init__(self, fields)

    def __setitem__(self, name, value):
        Namespace.check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def check(name):
        if name.startswith("_"):
            raise jinja2.exceptions.SecurityError(name)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.TemplateError(message)


def environment(options: dict) -> jinja2.Environment:
    options = {"keep_trailing_newline": True, "strict": True, "dialect": "harness", **options}
    undefined = jinja2.StrictUndefined if options.pop("strict") else jinja2.Undefined
    if options.pop("dialect") == "transformers":
        env = jinja2.sandbox.ImmutableSandboxedEnvironment(
            undefined=undefined, extensions=[Generation, jinja2.ext.loopcontrols], **options)
        env.filters["tojson"] = tojson
        env.globals["strftime_now"] = datetime.datetime(2026, 7, 4, 5, 6, 7).strftime
        env.globals["namespace"] = Namespace
    else:
        env = jinja2.Environment(undefined=undefined, extensions=["jinja2.ext.loopcontrols"], **options)
    env.filters["regex_replace"] = lambda text, pattern, repl, count=0: re.sub(pattern, repl, text, count=count)
    env.globals["raise_exception"] = raise_exception
    return env


def expected(line: dict, variables: dict) -> dict:
    try:
        template = environment(line.get("options", {})).from_string(line["template"])
        return {"text": template.render(copy.deepcopy(variables))}
    except (jinja2.TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError,
            SyntaxError, TypeError, ValueError):
        return {"error": True}


def main() -> None:
    table = pathlib.Path(sys.argv[1])
    first, *lines = [json.loads(line) for line in table.read_text(encoding="utf-8").split("\n") if line]
    for line in lines:
        line.pop("text", None)
        line.pop("error", None)
        line.update(expected(line, first["variables"]))
    table.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [first, *lines]), encoding="utf-8")


if __name__ == "__main__":
    main()
