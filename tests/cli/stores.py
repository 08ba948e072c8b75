"""Worlds whose stores are where a test wants them: files, or databases of a
real MongoDB."""
import contextlib
import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "mongod"))

import mongod  # noqa: E402
import svf  # noqa: E402

KINDS = ("sqlite", "mongo")


class MongoWorld(svf.World):
    """Every store of this world is a database, the unnamed one too."""

    def __init__(self, servers, **more):
        super().__init__(**more)
        self.servers = servers

    def database(self, name):
        return self.servers.uri(re.sub(r"\W", "-", f"{self.dir.name}-{name}"))

    def path(self, name):
        if not name.endswith(".db"):
            return super().path(name)
        return self.database(name.removesuffix(".db"))

    def index(self, store):
        name = store.rsplit("/", 1)[1]
        found, = (self.dir / "state/svf").glob(f"{name}-*.index")
        return found

    def end(self, *args, env=None, **more):
        own = {"SVF_STORE_URI": self.database("own")}
        return super().end(*args, env={**own, **(env or {})}, **more)

    def start(self, *args, env=None):
        own = {"SVF_STORE_URI": self.database("own")}
        return super().start(*args, env={**own, **(env or {})})


@contextlib.contextmanager
def world(kind, members=1, **more):
    """A world with its stores in files, or in a replica set of its own,
    which ends with it, its data too."""
    if kind == "sqlite":
        with svf.World(**more) as w:
            yield w
    else:
        with mongod.Set(members) as servers, \
                MongoWorld(servers, **more) as w:
            yield w
