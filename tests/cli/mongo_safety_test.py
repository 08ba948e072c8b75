"""A MongoDB server with authorization and TLS: which right suffices for what,
what each refusal says, and that no password is told anywhere."""
import pathlib
import re
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parents[1] / "mongod"))

import certs
import csvs
import mongod
import svf
from svf import contains, equal, get

servers = None
folder = None  # of the certificates
RIGHT, WRONG = "canary%2Fpass%3Aword", "canary-wrong-word"
SOON = "&serverSelectionTimeoutMS=1500"  # of those who wait in vain


def tls(ca="ca", client="client"):
    return (f"tls=true&tlsCAFile={folder}/{ca}.pem"
            f"&tlsCertificateKeyFile={folder}/{client}.pem")


class World(svf.World):
    """A database with a user of each kind; every program runs as one."""

    def __init__(self):
        super().__init__()
        self.db = re.sub(r"\W", "-", self.dir.name)
        for name, role in (("writer", "readWrite"), ("reader", "read"),
                           ("admin", "dbAdmin")):
            self.user(name, {"role": role, "db": self.db})
        self.user("stranger", {"role": "readWrite", "db": "elsewhere"})

    def user(self, name, *roles):
        password = RIGHT.replace("%2F", "/").replace("%3A", ":")
        servers.run(self.db, createUser=name, pwd=password, roles=list(roles))

    def uri(self, user, options=None, password=RIGHT, hosts=None):
        at = f"{user}:{password}@" if user else ""
        return (f"mongodb://{at}{hosts or servers.hosts}/{self.db}"
                f"?{options or tls()}")

    def as_user(self, user, *args, code=0, env=None):
        return self.run(*args, code=code, env={
            **(env or {}), "SVF_STORE_URI": self.uri(user)})

    def check_silence(self):
        """No password in what was printed, logged or kept."""
        told = [self.logs().encode()]
        told += [f.read_bytes() for f in self.dir.rglob("*") if f.is_file()]
        for text in told:
            at = text.find(b"canary")
            if at >= 0:
                raise AssertionError(text[max(0, at - 200):at + 100])


def fill(w):
    """A store with videos and ranks."""
    file = w.write("t.csv", csvs.trending(300))
    w.as_user("writer", "init", "--kind", "local")
    w.as_user("writer", "import", file)
    w.as_user("writer", "rank")
    return w.as_user("writer", "export", "-o", "ids")[0].split()


def serves(w, user):
    store = {"SVF_STORE_URI": w.uri(user)}
    _, url = w.start("serve", "--listen", "127.0.0.1:0", env=store)
    for path in ("/api/v1/videos?top=5&limit=3", "/api/v1/status", "/metrics",
                 "/health"):
        code, _, body = get(url + path)
        equal(code, 200, path)
        w.said.append(body.decode())


def read_write_suffices_for_all():
    with World() as w:
        id = fill(w)[0]
        sim = w.sim("--videos", "800", "--channels", "10")
        channels = w.write("channels.txt", "\n".join(sim.channels()) + "\n")
        for command in (
                ("source", "add", "--ids", channels), ("source", "list"),
                ("mine", "--clock", f"step:{svf.START}"), ("rank",),
                ("top", "--top", "5"), ("show", id), ("curves",),
                ("export",), ("status",), ("quota",)):
            w.as_user("writer", *command, env=sim.env())
        serves(w, "writer")
        w.check_silence()


def read_suffices_for_reading():
    with World() as w:
        id = fill(w)[0]
        for command in (
                ("export", "-o", "ids"), ("status",), ("show", id),
                ("top", "--top", "5"), ("curves",), ("quota",),
                ("source", "list"), ("store", "check")):
            w.as_user("reader", *command)
        serves(w, "reader")
        w.check_silence()


def read_does_not_suffice_for_writing():
    with World() as w:
        file = w.write("t.csv", csvs.trending(30))
        for command in (("init",), ("import", file)):
            _, err = w.as_user("reader", *command, code=74)
            contains(err, "not authorized on " + w.db)
        fill(w)
        more = w.write("u.csv", csvs.trending(30, seed=2, date="18.02.11"))
        for command in (("import", more), ("rank",)):
            _, err = w.as_user("reader", *command, code=74)
            contains(err, "not authorized on " + w.db)
            equal(len(err.strip().splitlines()[0].split(" {")), 1, err)
        sim = w.sim("--videos", "10", "--channels", "1")
        _, err = w.as_user("reader", "mine", code=74, env=sim.env())
        contains(err, "not authorized on " + w.db)  # it is not the API's key
        w.check_silence()


def an_older_layout_needs_db_admin():
    with World() as w:
        fill(w)
        servers.run(w.db, collMod="count", validator={})
        servers.run(w.db, update="meta", updates=[
            {"q": {"_id": "store"}, "u": {"$set": {"version": 1}}}])
        _, err = w.as_user("writer", "rank", code=78)
        contains(err, "older version", "svf init")
        w.as_user("reader", "export")
        _, err = w.as_user("writer", "init", code=74)
        contains(err, "not authorized on " + w.db)
        servers.run(w.db, grantRolesToUser="writer",
                    roles=[{"role": "dbAdmin", "db": w.db}])
        w.as_user("writer", "init")
        servers.run(w.db, revokeRolesFromUser="writer",
                    roles=[{"role": "dbAdmin", "db": w.db}])
        w.as_user("writer", "init")
        w.as_user("writer", "rank")
        servers.run(w.db, update="meta", updates=[
            {"q": {"_id": "store"}, "u": {"$set": {"version": 99}}}])
        for command in ("init", "rank", "export"):
            _, err = w.as_user("writer", command, code=65)
            contains(err, "newer version")
        w.check_silence()


def each_refusal_is_one_sentence():
    with World() as w:
        fill(w)
        (w.dir / "junk.pem").write_text("junk\n")
        ca = f"tlsCAFile={folder}/ca.pem"
        name = servers.hosts.replace("127.0.0.1", "localhost")
        rows = (
            # what is wrong, the uri, exit code, what the sentence names
            ("password", w.uri("writer", password=WRONG), 74,
             "Authentication failed"),
            ("user", w.uri("nobody"), 74, "Authentication failed"),
            ("no user", w.uri(""), 74, "requires authentication"),
            ("user of another database", w.uri("writer", tls() +
             "&authSource=admin"), 74, "Authentication failed"),
            ("no right here", w.uri("stranger"), 74,
             "not authorized on " + w.db),
            ("no TLS", w.uri("writer", "appname=x"), 69, "tls=true"),
            ("no certificate", w.uri("writer", "tls=true&" + ca), 69,
             "tlsCertificateKeyFile"),
            ("certificate of a stranger", w.uri("writer", tls(
                client="impostor")), 69, "tlsCertificateKeyFile"),
            ("authority", w.uri("writer", tls(ca="stranger")), 69,
             "not signed by one of tlsCAFile"),
            ("name of the server", w.uri("writer", hosts=name), 69,
             "for another name"),
            ("no such file", w.uri("writer", "tls=true&tlsCAFile=/no/ca.pem"),
             78, "/no/ca.pem"),
            ("no certificate in it", w.uri("writer", "tls=true&" + ca +
             f"&tlsCertificateKeyFile={w.dir}/junk.pem"), 78,
             "holds no certificate"),
            ("misspelt option", w.uri("writer", "tsl=true"), 78, "tsl"),
            ("misspelt value", w.uri("writer", "tls=yess"), 78, "tls"),
        )
        for what, uri, code, part in rows:
            uri += SOON
            for given in (("export",), ("--json", "-v", "--store", uri,
                                        "status")):
                out, err = w.run(*given, code=code,
                                 env={"SVF_STORE_URI": uri})
                contains(out + err, part)
                assert len((out + err).strip().splitlines()) <= 2, (what, err)
        w.check_silence()


def the_configuration_keeps_silent():
    with World() as w:
        for command in (("config", "print"), ("config", "print", "--origin"),
                        ("--json", "config", "print"), ("config", "check")):
            w.as_user("writer", *command)
        w.check_silence()


CASES = (read_write_suffices_for_all, read_suffices_for_reading,
         read_does_not_suffice_for_writing, an_older_layout_needs_db_admin,
         each_refusal_is_one_sentence, the_configuration_keeps_silent)

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="svf-certs-") as name:
        folder = pathlib.Path(name)
        certs.make(folder)
        with mongod.Set(1, "--auth", "--tls", name) as servers:
            svf.main({c.__name__: c for c in CASES})
