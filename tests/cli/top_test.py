"""What svf top tells besides its answer, and what it leaves as it was."""
import os
import subprocess

import csvs
import svf
from svf import World, contains, equal

HINT = "try --top 10"
NOTHING = "among those asked for"


def trending(w, rows, seed=1):
    return w.write("t.csv", csvs.trending(rows, seed=seed))


def nothing_found_is_told_with_what_would_help():
    """Another --top helps only where it was not chosen."""
    with World() as w:
        w.run("import", trending(w, 300))
        for args, hint in (((), True), (("--top", "5"), False),
                           (("--bottom", "5"), False)):
            _, err = w.run("top", "nosuchword", *args)
            contains(err, NOTHING)
            equal(HINT in err, hint, args)
        _, err = w.run("top", "--top", "50")
        assert NOTHING not in err and HINT not in err, err


def videos_without_the_ratio_are_counted():
    with World() as w:
        some = csvs.trending(300)
        w.run("import", w.write("some.csv", some))
        hidden = sum(row.endswith('True,"About it."')
                     for row in some.splitlines())
        assert hidden > 0
        _, err = w.run("top", "--ratio", "likes/dislikes")
        contains(err, f"{hidden} videos left out: their likes/dislikes is "
                 "unknown")
        none = "video_id,title,views,likes\n" + "".join(
            f"{'A' * 9}{a}{b},a,1000,{i}\n" for i, (a, b) in enumerate(
                (a, b) for a in "ABCDEFGH" for b in "AEIM"))
        w.run("--store", w.path("none.db"), "init", "--kind", "local")
        w.run("--store", w.path("none.db"), "import", w.write("n.csv", none))
        _, err = w.run("--store", w.path("none.db"), "top", "--ratio",
                       "likes/dislikes")
        contains(err, "32 videos left out: their likes/dislikes is unknown",
                 NOTHING)
        assert HINT not in err, "no share of nothing helps"


def edges_stay_when_it_ranks_by_itself():
    with World() as w:
        def edges():
            return [b["viewsMin"] for b in w.json("curves")["buckets"]]
        w.run("import", trending(w, 4500))
        _, err = w.run("top")
        contains(err, "epoch 1")
        first = edges()
        assert len(first) > 1
        w.run("import", trending(w, 500, seed=2))
        _, err = w.run("top")
        contains(err, "epoch 2")
        equal(edges(), first, "every bucket stays within its band")
        w.run("rank", "--rebuild-edges")
        assert edges() != first, "nobody would see them move"


def full_pipe():
    """A pipe that takes nothing more; returns (to read, to write)."""
    r, w = os.pipe()
    os.set_blocking(w, False)
    try:
        while os.write(w, b"\n" * 4096):
            pass
    except BlockingIOError:
        os.set_blocking(w, True)
    return r, w


def the_answer_does_not_wait_for_the_index_file():
    """While nobody takes the answer there is no file."""
    with World() as w:
        store = w.path("s.db")
        w.run("--store", store, "init", "--kind", "local")
        w.run("--store", store, "import", trending(w, 3000))
        taken, given = full_pipe()
        p = subprocess.Popen([svf.SVF, "--store", store, "top"], stdout=given,
                             stderr=subprocess.PIPE, cwd=w.dir,
                             env=svf.environment(w.dir))
        w.running.append(p)
        os.close(given)
        while b"--limit shows more" not in p.stderr.readline():
            assert p.poll() is None
        w.run("--store", store, "status")  # takes longer than a file
        assert not w.index(store).exists()
        with open(taken, "rb") as answer:
            assert answer.read().strip()
        equal(p.wait(svf.DEADLINE), 0)
        assert w.index(store).exists()


svf.main({f.__name__: f for f in (
    nothing_found_is_told_with_what_would_help,
    videos_without_the_ratio_are_counted,
    edges_stay_when_it_ranks_by_itself,
    the_answer_does_not_wait_for_the_index_file)})
