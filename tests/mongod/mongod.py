"""A replica set for end-to-end tests: t_mongod, which dies with us."""
import json
import os
import pathlib
import subprocess


def program():
    """t_mongod: $T_MONGOD, else that of a build with tests."""
    if "T_MONGOD" in os.environ:
        return os.environ["T_MONGOD"]
    build = pathlib.Path(__file__).resolve().parents[2] / "build"
    for found in build.glob("*/tests/mongod/t_mongod"):
        return str(found)
    raise AssertionError("no t_mongod: build the tests, or set T_MONGOD")


class Set:
    """Servers of one replica set; .uri(name) is a store of its own."""

    def __init__(self, members=1, *options):
        self.p = subprocess.Popen(
            [program(), "--members", str(members), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hosts = self.p.stdout.readline().strip()
        if not self.hosts:
            raise AssertionError("no MongoDB server; the reason is above")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.stdin.close()
        self.p.wait()

    def do(self, command):
        """kill I, start I, freeze I, thaw I, wait I"""
        self.p.stdin.write(command + "\n")
        self.p.stdin.flush()
        answer = self.p.stdout.readline().strip()
        if answer != "ok":
            raise AssertionError(f"t_mongod: {command}: {answer}")

    def run(self, db, may_fail=False, **command):
        """The answer to a command: run("admin", ping=1)."""
        self.p.stdin.write(f"run {db} {json.dumps(command)}\n")
        self.p.stdin.flush()
        answer = json.loads(self.p.stdout.readline())
        if not may_fail and answer.get("ok") != 1:
            raise AssertionError(f"{command}: {answer}")
        return answer

    def find(self, db, collection, **filter):
        """All documents that match, of a collection that is small."""
        answer = self.run(db, find=collection, filter=filter,
                          batchSize=100000)
        cursor = answer["cursor"]
        if cursor["id"]:
            raise AssertionError(f"{collection} is not small")
        return cursor["firstBatch"]

    def uri(self, name, user="", options=""):
        """A store of its own; @user is NAME:PASSWORD."""
        at = f"{user}@" if user else ""
        return f"mongodb://{at}{self.hosts}/{name}{options}"
