/*
 * search/question.c - the words of q: required, excluded, phrases.
 *
 *     q       = item, separated by blanks
 *     item    = ["-"] ["title:"] (word | '"' words '"')
 *
 * Rules
 *   1. an item of several terms ("example.com", a sentence in Han) asks for
 *      all of them; only quotes ask for their order too
 *   2. an excluded item is a group of its own: what has all of its terms
 *      (and, in quotes, in order) is left out
 *   3. items without any letter, digit or pictograph are passed over; a q
 *      of nothing else is refused, as is one of more terms than fit
 *
 * Threads: any; no state.
 */
#include "search/query_priv.h"

enum { ALL_FIELDS = FIELD_TITLE | FIELD_TAGS | FIELD_CHANNEL };

/* An item as it is read. */
struct item {
    struct str text;
    bool quoted, excluded, title;
};

void question_close(struct question *q)
{
    for (size_t i = 0; i < q->n_phrases; i++)
        words_fini(&q->phrase[i].words);
    q->n_phrases = 0;
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* Take the next item from the front of *@rest; false at the end. */
static bool next_item(struct str *rest, struct item *ret)
{
    *rest = str_trim(*rest);
    if (!rest->n)
        return false;
    *ret = (struct item){ .excluded = rest->n > 1 && rest->p[0] == '-' };
    if (ret->excluded)
        *rest = str_from(*rest, 1);
    ret->title = str_starts(*rest, STR("title:"));
    if (ret->title)
        *rest = str_from(*rest, 6);
    ret->quoted = rest->n && rest->p[0] == '"';
    if (ret->quoted)
        *rest = str_from(*rest, 1);
    size_t n = 0;
    while (n < rest->n &&
           !(ret->quoted ? rest->p[n] == '"' : is_blank(rest->p[n])))
        n++;
    ret->text = str_n(rest->p, n);
    *rest = str_from(*rest, n < rest->n ? n + 1 : n);
    return true;
}

/* ---- terms ---- */

/* The item whose terms are being added. */
struct adding {
    struct question *q;
    uint8_t fields, group;
    struct err *e;
};

static bool is_there(const struct adding *a, struct str term)
{
    for (size_t i = 0; i < a->q->n; i++) {
        const struct question_term *t = &a->q->term[i];
        if (t->group == a->group && t->fields == a->fields &&
            str_eq(question_str(t), term))
            return true;
    }
    return false;
}

static int add_term(void *ctx, struct str term)
{
    struct adding *a = ctx;
    if (is_there(a, term))
        return RC_OK;
    if (a->q->n == QUESTION_TERMS)
        return err_set(a->e, RC_INPUT, "more than %d words", QUESTION_TERMS);
    struct question_term *t = &a->q->term[a->q->n++];
    *t = (struct question_term){ .n = (uint8_t)term.n,
                                 .fields = a->fields,
                                 .group = a->group };
    memcpy(t->bytes, term.p, term.n);
    a->q->required += a->group == REQUIRED;
    return RC_OK;
}

/* Is a phrase there that is @w? */
static bool phrase_is_there(const struct adding *a, const struct words *w)
{
    for (size_t i = 0; i < a->q->n_phrases; i++) {
        const struct question_phrase *p = &a->q->phrase[i];
        if (p->group == a->group && p->fields == a->fields &&
            p->words.n == w->n && words_contain(&p->words, w))
            return true;
    }
    return false;
}

/* Keep @w (taken) as a phrase; one unit alone has no order to check. */
static int add_phrase(struct adding *a, struct words *w)
{
    if (w->n < 2 || phrase_is_there(a, w))
        return RC_OK;
    if (a->q->n_phrases == QUESTION_PHRASES)
        return err_set(a->e, RC_INPUT, "more than %d phrases",
                       QUESTION_PHRASES);
    a->q->phrase[a->q->n_phrases++] = (struct question_phrase){
        .words = *w, .fields = a->fields, .group = a->group
    };
    *w = (struct words)WORDS_INIT;
    return RC_OK;
}

static int add_item(struct question *q, const struct item *it, struct words *w,
                    struct err *e)
{
    struct adding a = { .q = q, .e = e };
    a.fields = it->title ? FIELD_TITLE : ALL_FIELDS;
    size_t n = it->text.n;
    if (!it->quoted && n > 1 && it->text.p[n - 1] == '*')
        return err_set(e, RC_INPUT, "word* is not built yet");
    int rc = words_split(w, it->text, e);
    if (rc || w->n == 0)
        return rc;
    if (it->excluded)
        a.group = ++q->groups;
    rc = words_query(w, add_term, &a);
    if (!rc && it->quoted)
        rc = add_phrase(&a, w);
    return rc;
}

int question_open(struct question *ret, struct str q, struct err *e)
{
    struct words w = WORDS_INIT;
    struct item it;
    int rc = RC_OK;
    *ret = (struct question){ .n = 0 };
    while (!rc && next_item(&q, &it))
        rc = add_item(ret, &it, &w, e);
    words_fini(&w);
    if (!rc && ret->n == 0)
        rc = err_set(e, RC_INPUT, "there is no word in it");
    return rc;
}
