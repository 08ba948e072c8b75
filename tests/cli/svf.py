"""What the end-to-end tests share: running the program, a simulator, a server.

Every program started is the real one. Waiting is polling for a condition with
a deadline; nothing sleeps for a fixed time and hopes.
"""
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SVF = os.path.abspath(os.environ["SVF"])
CANARY = "canary-key-3f9c1d7a"
DEADLINE = float(os.environ.get("SVF_TEST_DEADLINE", "60"))


def midnight(day):
    """Pacific midnight of a day of the simulated time; 0 = its first."""
    first = datetime.datetime(2026, 11, 20, 8)
    return f"{first + datetime.timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}"


START = midnight(0)


def environment(home, **extra):
    """A clean environment: nothing of the caller's configuration."""
    keep = ("PATH", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS",
            "TSAN_OPTIONS", "LSAN_OPTIONS")
    env = {k: os.environ[k] for k in keep if k in os.environ}
    env.update(HOME=str(home), XDG_STATE_HOME=str(home / "state"),
               XDG_CONFIG_HOME=str(home / "config"))
    env.update(extra)
    return env


class World:
    """A temporary home with a store, and the programs running in it; no
    command may take longer than @patience seconds."""

    def __init__(self, patience=300):
        self.patience = patience
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="svf-e2e-"))
        self.running = []
        self.said = []  # everything any program printed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in self.running:
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
        for p in self.running:
            try:
                p.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return str(self.dir / name)

    def index(self, store):
        """The file of the search index of a store."""
        return pathlib.Path(store + ".index")

    def write(self, name, text):
        path = self.dir / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def end(self, *args, code=0, stdin=None, env=None, user=None):
        """Run svf to its end, check its exit code (or codes), return
        (code, stdout, stderr); @user is the number of another user."""
        full = environment(self.dir, **(env or {}))
        p = subprocess.run([SVF, *map(str, args)], input=stdin, env=full,
                           cwd=self.dir, capture_output=True,
                           timeout=self.patience, user=user)
        out, err = p.stdout.decode(), p.stderr.decode()
        self.said.append(out + err)
        if p.returncode not in (code if isinstance(code, tuple) else (code,)):
            raise AssertionError(
                f"svf {' '.join(map(str, args))}\nexit {p.returncode}, "
                f"want {code}\nstdout: {out[-2000:]}\nstderr: {err[-3000:]}")
        return p.returncode, out, err

    def run(self, *args, **more):
        """The same; return (stdout, stderr)."""
        return self.end(*args, **more)[1:]

    def json(self, *args, code=0, **kw):
        out, _ = self.run("--json", *args, code=code, **kw)
        return json.loads(out)

    def start(self, *args, env=None):
        """Start svf in the background; returns (process, first line)."""
        log = open(self.dir / f"log-{len(self.running)}", "wb")
        p = subprocess.Popen([SVF, *map(str, args)], stdout=subprocess.PIPE,
                             stderr=log, cwd=self.dir,
                             env=environment(self.dir, **(env or {})))
        self.running.append(p)
        line = p.stdout.readline().decode().strip()
        if not line.startswith("listening on "):
            p.wait(DEADLINE)
            err = pathlib.Path(log.name).read_text()
            raise AssertionError(f"svf {args} said '{line}'\n{err[-3000:]}")
        return p, line.removeprefix("listening on ")

    def sim(self, *args):
        """Start a simulator; returns a Sim."""
        p, url = self.start("sim", "--listen", "127.0.0.1:0", *args)
        return Sim(self, p, url)

    def logs(self):
        text = "".join(self.said)
        for f in self.dir.glob("log-*"):
            text += f.read_text(errors="replace")
        return text


class Sim:
    def __init__(self, world, process, url):
        self.world, self.process, self.url = world, process, url
        self.key = "sim-key"

    def env(self):
        return {"SVF_API_BASE_URL": self.url + "/youtube/v3",
                "SVF_API_KEY": self.key}

    def mine(self, store, *args, code=0, now=START, sets=()):
        extra = [x for s in sets for x in ("--set", s)]
        return self.world.json("--store", store, *extra, "mine", "--clock",
                               f"step:{now}", *args, code=code,
                               env=self.env())

    def ledger(self):
        return json.loads(get(self.url + "/_sim/ledger")[2])

    def faults(self, rules):
        body = json.dumps(rules).encode()
        request = urllib.request.Request(self.url + "/_sim/faults", body,
                                         method="POST")
        urllib.request.urlopen(request, timeout=DEADLINE).read()

    def catalog(self, now=None):
        query = f"?now={now}" if now else ""
        body = get(self.url + "/_sim/catalog.ndjson" + query)[2]
        return [json.loads(x) for x in body.splitlines() if x]

    def each(self, name, now=None):
        """One member of each video, without holding the catalogue."""
        query = f"?now={now}" if now else ""
        with urllib.request.urlopen(self.url + "/_sim/catalog.ndjson" + query,
                                    timeout=DEADLINE) as r:
            yield from (json.loads(x)[name] for x in r)

    def channels(self):
        return list(dict.fromkeys(self.each("channelId")))

    def add_channels(self, store):
        """All of them become sources of @store."""
        ids = self.world.write("channels.txt",
                               "\n".join(self.channels()) + "\n")
        self.world.run("--store", store, "source", "add", "--ids", ids,
                       env=self.env())


def get(url, headers=None, method="GET"):
    """(status, headers, body) of a request; errors are answers too."""
    request = urllib.request.Request(url, headers=headers or {},
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as r:
            return r.status, r.headers, r.read()
    except urllib.error.HTTPError as r:
        return r.code, r.headers, r.read()


def until(condition, what):
    """Poll until @condition() is true."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {DEADLINE} s: {what}")


def equal(got, want, what=""):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text[-2000:]!r}")


def main(cases):
    """Run the case named in argv, or all of them; a file that is imported
    for its cases runs none."""
    if sys._getframe(1).f_globals["__name__"] != "__main__":
        return
    names = sys.argv[1:] or list(cases)
    for name in names:
        cases[name]()
        print(f"ok {name}")
