"""Writes what every template of a table must give, by jinja2 3.1: the field "text", or "error": true.

usage: render_templates.py tests/data/templates.jsonl

The first line holds the variables of all templates. A line is {"template", "options" (TemplateOptions, where they are not
the default), "text" or "error"}.
"""
import copy
import json
import pathlib
import re
import sys

import jinja2


def tojson(value, ensure_ascii=False, indent=None):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def raise_exception(message):
    raise jinja2.TemplateError(message)


def environment(options: dict) -> jinja2.Environment:
    options = {"keep_trailing_newline": True, "strict": True, **options}
    undefined = jinja2.StrictUndefined if options.pop("strict") else jinja2.Undefined
    env = jinja2.Environment(undefined=undefined, extensions=["jinja2.ext.loopcontrols"], **options)
    env.filters["tojson"] = tojson
    env.filters["safe"] = str
    env.filters["regex_replace"] = lambda text, pattern, repl, count=0: re.sub(pattern, repl, text, count=count)
    env.globals["raise_exception"] = raise_exception
    return env


def expected(line: dict, variables: dict) -> dict:
    try:
        template = environment(line.get("options", {})).from_string(line["template"])
        return {"text": template.render(copy.deepcopy(variables))}
    except (jinja2.TemplateError, ArithmeticError, LookupError, SyntaxError, TypeError, ValueError):
        return {"error": True}


def main() -> None:
    table = pathlib.Path(sys.argv[1])
    first, *lines = [json.loads(line) for line in table.read_text(encoding="utf-8").split("\n") if line]
    for line in lines:
        line.pop("text", None)
        line.pop("error", None)
        line.update(expected(line, first["variables"]))
    table.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [first, *lines]), encoding="utf-8")


main()
