"""The discovery document of youtube/v3: its methods, and answers held
against its schemas, strictly: a key that it does not know is an error."""
import json
import pathlib
import re

import googleapiclient

REVISION = "20261104"
PATH = (pathlib.Path(googleapiclient.__file__).parent /
        "discovery_cache/documents/youtube.v3.json")
DOCUMENT = json.loads(PATH.read_text())
assert DOCUMENT["revision"] == REVISION, DOCUMENT["revision"]

# The methods that the simulator has.
METHODS = {name: DOCUMENT["resources"][name.split(".")[0]]["methods"]
           [name.split(".")[1]] for name in
           ("videos.list", "videos.batchGetStats", "channels.list",
            "playlistItems.list", "search.list")}

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
FORMATS = {
    "date-time": DATE_TIME.fullmatch,
    "google-datetime": DATE_TIME.fullmatch,
    "google-duration": re.compile(r"\d+(\.\d{1,9})?s").fullmatch,
    "uint64": lambda s: s.isdecimal() and str(int(s)) == s
    and int(s) < 2**64,
    "int64": lambda s: s.lstrip("-").isdecimal() and str(int(s)) == s
    and -2**63 <= int(s) < 2**63,
    "uint32": lambda n: 0 <= n < 2**32,
    "int32": lambda n: -2**31 <= n < 2**31,
    "double": lambda n: True,
}
TYPES = {"string": str, "boolean": bool, "integer": int, "array": list,
         "object": dict, "number": (int, float)}


class Misfit(AssertionError):
    pass


def resolved(schema):
    if "$ref" in schema:
        return DOCUMENT["schemas"][schema["$ref"]]
    return schema


def check_scalar(schema, value, at):
    if "format" in schema and not FORMATS[schema["format"]](value):
        raise Misfit(f"{at}: {value!r} is no {schema['format']}")
    if "enum" in schema and value not in schema["enum"]:
        raise Misfit(f"{at}: {value!r} is not in {schema['enum']}")
    if at.endswith(".kind") and "default" in schema \
            and value != schema["default"]:
        raise Misfit(f"{at}: {value!r}, not {schema['default']!r}")


def check_object(schema, value, at):
    known = schema.get("properties", {})
    for key, part in value.items():
        if key in known:
            check(known[key], part, f"{at}.{key}")
        elif "additionalProperties" in schema:
            check(schema["additionalProperties"], part, f"{at}.{key}")
        else:
            raise Misfit(f"{at}: no property {key!r} in {schema.get('id')}")


def check(schema, value, at):
    """Raise Misfit unless @value is as @schema says."""
    schema = resolved(schema)
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]) or \
            (kind != "boolean" and isinstance(value, bool)):
        raise Misfit(f"{at}: {value!r} is no {kind}")
    if kind == "object":
        check_object(schema, value, at)
    elif kind == "array":
        for i, part in enumerate(value):
            check(schema["items"], part, f"{at}[{i}]")
    else:
        check_scalar(schema, value, at)


def check_answer(method, answer):
    check(METHODS[method]["response"], answer, method)
    for item in answer.get("items", []):
        if "kind" not in item or "etag" not in item or "id" not in item:
            raise Misfit(f"{method}: an item without kind, etag or id")


def leaves(schema, front=""):
    """Every path of @schema, as a selector: "items/snippet/title"."""
    schema = resolved(schema)
    if schema["type"] == "array":
        yield from leaves(schema["items"], front)
    elif schema["type"] == "object" and schema.get("properties"):
        for key, part in schema["properties"].items():
            yield from leaves(part, f"{front}/{key}" if front else key)
    else:
        yield front
