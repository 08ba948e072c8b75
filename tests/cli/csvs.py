"""Invented data files in the forms that real ones have."""
import random

ALPHABET = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            "0123456789-_")


def video_id(rng):
    return "".join(rng.choice(ALPHABET) for _ in range(10)) + \
        rng.choice("AEIMQUYcgkosw048")


def channel_id(rng):
    return "UC" + "".join(rng.choice(ALPHABET) for _ in range(21)) + \
        rng.choice("AQgw")


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


TITLES = ["Piano at night", "Ночная прогулка", "夜の散歩", "مرحبا",
          'She said "go"', "Comma, comma", "Two\nlines", "🎹 keys", "Über uns"]


def trending(rows, seed=1, date="18.01.11"):
    """A trending list of 2018: 16 columns, with channel ids."""
    rng = random.Random(seed)
    channels = [channel_id(rng) for _ in range(max(1, rows // 20))]
    out = ["video_id,title,publishedAt,channelId,channelTitle,categoryId,"
           "trending_date,tags,view_count,likes,dislikes,comment_count,"
           "thumbnail_link,comments_disabled,ratings_disabled,description"]
    for i in range(rows):
        views = int(10 ** rng.uniform(0.5, 8))
        likes = int(views ** rng.uniform(0.5, 0.85))
        dislikes = int(likes * rng.uniform(0, 0.1))
        hidden = rng.random() < 0.02
        c = rng.randrange(len(channels))
        out.append(",".join([
            video_id(rng), quoted(f"{rng.choice(TITLES)} {i}"),
            "2018-10-%02dT12:00:00.000Z" % rng.randint(1, 30), channels[c],
            quoted(f"Channel {c}"), "22", date, quoted("music|night"),
            str(views), "" if hidden else str(likes),
            "" if hidden else str(dislikes), str(likes // 10),
            "https://i.ytimg.com/vi/x/default.jpg", "False",
            str(hidden), quoted("About it.")]))
    return "\n".join(out) + "\n"


def kaggle(rows, seed=2):
    """The edition of 2017: a date without a year, a BOM."""
    rng = random.Random(seed)
    out = ["\ufeffvideo_id,title,channel_title,category_id,tags,views,likes,"
           "dislikes,comment_total,thumbnail_link,date"]
    for i in range(rows):
        views = int(10 ** rng.uniform(2, 7))
        out.append(",".join([
            video_id(rng), quoted(f"Video {i}"), quoted("Somebody"), "10",
            "music|piano", str(views), str(views // 50 + 1),
            str(views // 900 + 1), "5", "https://i.ytimg.com/vi/x/d.jpg",
            "13.09"]))
    return "\n".join(out) + "\n"
