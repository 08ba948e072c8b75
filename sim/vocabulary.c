/*
 * sim/vocabulary.c - the words that titles, texts and tags are drawn from.
 *
 * Early words of a list are drawn far more often than late ones, as in real
 * titles. The lists hold scripts with and without blanks, both directions,
 * combining marks and letters beyond the BMP's Latin part, because search
 * has to cope with all of them.
 */
#include "sim/words_priv.h"

/* clang-format off */
static const char *const english[] = {
    "the", "how", "to", "best", "new", "music", "official", "live", "game", "with",
    "tutorial", "review", "full", "my", "video", "song", "guitar", "learn", "day", "world",
    "easy", "cover", "top", "cooking", "piano", "home", "travel", "first", "time", "science",
    "explained", "history", "lesson", "drums", "beginner", "street", "food", "making", "city", "night",
    "documentary", "engineering", "space", "recipe", "restoration", "workout", "minutes", "simple", "math", "physics",
    "camera", "build", "garden", "dance", "bass", "jazz", "lecture", "chess", "football", "rock &",
    "train", "mountain", "ocean", "bicycle", "woodworking", "programming", "python", "linux", "keyboard", "synth",
    "ambient", "lofi", "study", "relaxing", "rain", "sound", "compilation", "highlights", "interview", "podcast",
    "episode", "season", "trailer", "reaction", "challenge", "unboxing", "vlog", "budget", "camping", "fishing",
    "painting", "drawing", "origami", "telescope", "volcano", "dinosaur", "medieval", "castle", "violin", "orchestra",
};
static const char *const spanish[] = {
    "de", "la", "el", "cómo", "música", "canción", "mejor", "nuevo", "vídeo", "oficial",
    "juego", "receta", "cocina", "guitarra", "fácil", "historia", "en", "vivo", "aprende", "español",
    "fútbol", "niños", "viaje", "ciudad", "mañana", "corazón", "baile", "montaña", "pequeño", "último",
};
static const char *const portuguese[] = {
    "de", "como", "música", "fazer", "melhor", "vídeo", "aula", "não", "receita", "jogo",
    "coração", "violão", "história", "São", "Paulo", "futebol", "fácil", "ao", "vivo", "lição",
    "viagem", "praia", "três", "irmãos", "canção", "amanhã", "português", "ciência", "avião", "pão",
};
static const char *const hindi[] = {
    "हिंदी", "गाना", "कैसे", "नया", "वीडियो", "संगीत", "भारत", "खाना", "बनाने", "का",
    "तरीका", "फिल्म", "क्रिकेट", "भजन", "कहानी", "बच्चों", "के", "लिए", "दिल", "प्यार",
};
static const char *const russian[] = {
    "как", "музыка", "песня", "новый", "лучшие", "видео", "обзор", "своими", "руками", "история",
    "урок", "гитара", "для", "начинающих", "рецепт", "игра", "прохождение", "часть", "Россия", "жизнь",
    "ёлка", "наука", "космос", "машина", "рыбалка", "дом", "зима", "путешествие", "фильм", "объяснение",
};
static const char *const japanese[] = {
    "日本", "音楽", "ゲーム", "実況", "料理", "の", "作り方", "東京", "歌ってみた", "弾いてみた",
    "ギター", "ピアノ", "初心者", "解説", "旅行", "電車", "ラーメン", "アニメ", "おすすめ", "朝",
    "猫", "勉強", "作業用", "公式", "最新", "レビュー", "ｶﾞﾝﾀﾞﾑ", "夏", "祭り", "動画",
};
static const char *const arabic[] = {
    "أغنية", "جديد", "كيف", "تعلم", "طبخ", "وصفة", "القرآن", "الكريم", "شرح", "درس",
    "لعبة", "كرة", "القدم", "مسلسل", "الحلقة", "موسيقى", "قصة", "أطفال", "سفر", "مدينة",
};
static const char *const korean[] = {
    "한국", "음악", "노래", "게임", "요리", "브이로그", "일상", "먹방", "커버", "댄스",
    "드라마", "공부", "여행", "서울", "기타", "피아노", "강의", "리뷰", "하이라이트", "라이브",
};
static const char *const german[] = {
    "der", "die", "wie", "man", "Musik", "Anleitung", "für", "Anfänger", "Geschichte", "neu",
    "Gitarre", "einfach", "erklärt", "Küche", "Rezept", "Straße", "Fußball", "Übung", "Märchen", "Zug",
    "Modellbau", "Donaudampfschifffahrt", "Österreich", "grün", "Fahrrad", "Garten", "Physik", "Werkstatt", "Prüfung", "Reise",
};
static const char *const french[] = {
    "le", "la", "comment", "faire", "musique", "chanson", "nouveau", "vidéo", "recette", "cuisine",
    "facile", "histoire", "français", "leçon", "été", "cœur", "voyage", "forêt", "garçon", "élève",
    "guitare", "château", "où", "théâtre", "science", "jeu", "naïve", "île", "première", "fois",
};
static const char *const indonesian[] = {
    "cara", "lagu", "terbaru", "resep", "masak", "mudah", "anak", "belajar", "kota", "musik",
    "gitar", "untuk", "pemula", "kucing", "lucu", "jalan", "makan", "rumah", "cerita", "indonesia",
};
static const char *const thai[] = {
    "เพลง", "ใหม่", "สอน", "ทำ", "อาหาร", "กีตาร์", "เที่ยว", "เกม", "รีวิว", "ตลก",
    "ภาษาไทย", "กรุงเทพ", "ละคร", "เต้น", "ง่าย", "วิธี", "แมว", "ฝน", "บ้าน", "สด",
};
static const char *const chinese[] = {
    "中文", "音樂", "美食", "遊戲", "教學", "電影", "吉他", "鋼琴", "旅行", "歷史",
    "簡單", "做法", "故事", "科學", "臺灣", "貓", "學習", "官方", "完整版", "現場",
};
static const char *const turkish[] = {
    "nasıl", "yapılır", "şarkı", "müzik", "yeni", "en", "iyi", "tarif", "oyun", "İstanbul",
    "çocuk", "gitar", "ders", "kolay", "yemek", "ırmak", "güzel", "hikâye", "futbol", "köy",
};

#define LANGUAGE(code, country, per_mille, gap, words) \
    { code, country, per_mille, gap, words, ARRAY_LEN(words) }
const struct words_language words_languages[] = {
    LANGUAGE("en", "US", 430, " ", english),
    LANGUAGE("es", "MX", 95, " ", spanish),
    LANGUAGE("pt", "BR", 80, " ", portuguese),
    LANGUAGE("hi", "IN", 80, " ", hindi),
    LANGUAGE("ru", "RU", 60, " ", russian),
    LANGUAGE("ja", "JP", 50, "", japanese),
    LANGUAGE("ar", "EG", 40, " ", arabic),
    LANGUAGE("ko", "KR", 35, " ", korean),
    LANGUAGE("de", "DE", 30, " ", german),
    LANGUAGE("fr", "FR", 30, " ", french),
    LANGUAGE("id", "ID", 25, " ", indonesian),
    LANGUAGE("th", "TH", 15, "", thai),
    LANGUAGE("zh-TW", "TW", 15, "", chinese),
    LANGUAGE("tr", "TR", 15, " ", turkish),
};
/* clang-format on */
const uint64_t words_languages_n = ARRAY_LEN(words_languages);
