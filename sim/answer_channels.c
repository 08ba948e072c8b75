/*
 * sim/answer_channels.c - channels.list by ids, handle or user name.
 *
 * Rules
 *   1. exactly one filter; unknown ids are silently missing; when nothing is
 *      found the answer has no `items` at all, as the real one
 *   2. the uploads list is "UU" and the channel's suffix
 *
 * Threads: pure functions of corpus and request.
 */
#include "sim/service_priv.h"

static void put_texts(struct out *o, const struct channel *ch)
{
    if (CHANNEL_HAS(ch, title))
        out_str(o, "title", ch->title);
    if (CHANNEL_HAS(ch, description))
        out_str(o, "description", ch->description);
}

static void put_snippet(struct out *o, const struct channel *ch, struct cid id)
{
    if (!out_obj(o, "snippet"))
        return;
    put_texts(o, ch);
    if (CHANNEL_HAS(ch, handle))
        out_str(o, "customUrl", ch->handle);
    if (CHANNEL_HAS(ch, published))
        out_time(o, "publishedAt", ch->published);
    piece_channel_thumbnails(o, id);
    if (CHANNEL_HAS(ch, title) && out_obj(o, "localized")) {
        put_texts(o, ch);
        out_end(o);
    }
    if (CHANNEL_HAS(ch, country))
        out_str(o, "country", ch->country);
    out_end(o);
}

static void put_content(struct out *o, struct cid id)
{
    char uploads[CID_TEXT];
    if (!out_obj(o, "contentDetails"))
        return;
    if (out_obj(o, "relatedPlaylists")) {
        piece_uploads_id(id, uploads);
        out_z(o, "likes", "");
        out_z(o, "uploads", uploads);
        out_end(o);
    }
    out_end(o);
}

static void put_statistics(struct out *o, const struct channel *ch)
{
    if (!out_obj(o, "statistics"))
        return;
    if (CHANNEL_HAS(ch, views))
        out_count(o, "viewCount", ch->views);
    if (CHANNEL_HAS(ch, subscribers))
        out_count(o, "subscriberCount", ch->subscribers);
    out_bool(o, "hiddenSubscriberCount", !CHANNEL_HAS(ch, subscribers));
    if (CHANNEL_HAS(ch, videos))
        out_count(o, "videoCount", ch->videos);
    out_end(o);
}

static void put_status(struct out *o, const struct channel *ch)
{
    if (!out_obj(o, "status"))
        return;
    out_z(o, "privacyStatus", "public");
    out_bool(o, "isLinked", true);
    out_z(o, "longUploadsStatus", "longUploadsUnspecified");
    if (CHANNEL_HAS(ch, made_for_kids))
        out_bool(o, "madeForKids", ch->made_for_kids != 0);
    out_end(o);
}

static void put_branding(struct out *o, const struct channel *ch)
{
    if (!out_obj(o, "brandingSettings"))
        return;
    if (out_obj(o, "channel")) {
        put_texts(o, ch);
        if (CHANNEL_HAS(ch, country))
            out_str(o, "country", ch->country);
        out_end(o);
    }
    out_end(o);
}

static void put_topics(struct out *o)
{
    if (!out_obj(o, "topicDetails"))
        return;
    if (out_arr(o, "topicCategories")) {
        out_elem(o, STR("https://en.wikipedia.org/wiki/Entertainment"));
        out_arr_end(o);
    }
    out_end(o);
}

void item_channel(struct out *o, const struct ask *a, const struct channel *ch)
{
    struct cid id = { ch->h.key[0], ch->h.key[1] };
    char text[CID_TEXT];
    out_item(o, "youtube#channel");
    out_z(o, "id", cid_text(id, text));
    if (a->parts & PART_SNIPPET)
        put_snippet(o, ch, id);
    if (a->parts & PART_CONTENT)
        put_content(o, id);
    if (a->parts & PART_STATISTICS)
        put_statistics(o, ch);
    if (a->parts & PART_TOPIC)
        put_topics(o);
    if (a->parts & PART_STATUS)
        put_status(o, ch);
    if (a->parts & PART_BRANDING)
        put_branding(o, ch);
    if ((a->parts & PART_OWNER) && out_obj(o, "contentOwnerDetails"))
        out_end(o);
    if ((a->parts & PART_LOCALIZATIONS) && out_obj(o, "localizations"))
        out_end(o);
    out_item_end(o);
}

static int put_answer(struct ask *a, const struct cid *ids, size_t n,
                      struct api_error *x)
{
    struct err e = ERR_INIT;
    struct channel *ch = arena_take(a->arena, (n + 1) * sizeof(*ch));
    bool found[SERVICE_IDS_MAX];
    if (!ch)
        return error_set(x, ERROR_BACKEND);
    if (a->s->corpus.ops->channels(a->s->corpus.ctx, ids, n, a->now, a->arena,
                                   ch, found, &e))
        return error_backend(x, &e);
    size_t told = 0;
    for (size_t i = 0; i < n; i++)
        told += found[i];
    struct out o;
    out_begin(&o, a->body, a->fields, "youtube#channelListResponse");
    piece_page_info(&o, told, told ? told : a->max_results);
    if (told && out_arr(&o, "items")) {
        for (size_t i = 0; i < n; i++)
            if (found[i])
                item_channel(&o, a, &ch[i]);
        out_arr_end(&o);
    }
    out_finish(&o, a->etag);
    return RC_OK;
}

static int answer_ids(struct ask *a, struct api_error *x)
{
    struct cid ids[SERVICE_IDS_MAX];
    size_t n;
    int rc = piece_channel_ids(a, ids, &n, x);
    return rc ? rc : put_answer(a, ids, n, x);
}

static int answer_name(struct ask *a, const char *param, struct api_error *x)
{
    struct cid id;
    bool known = a->s->corpus.ops->named(a->s->corpus.ctx,
                                         params_get(a->params, param), &id);
    return put_answer(a, &id, known ? 1 : 0, x);
}

static bool is_true(const struct ask *a, const char *param)
{
    return params_bool(a->params, param, false);
}

int answer_channels(struct ask *a, struct api_error *x)
{
    bool id = params_has(a->params, "id");
    bool handle = params_has(a->params, "forHandle");
    bool user = params_has(a->params, "forUsername");
    if (is_true(a, "mine") || is_true(a, "managedByMe") ||
        is_true(a, "mySubscribers"))
        return error_set(x, ERROR_LOGIN);
    if (id + handle + user > 1)
        return error_filters(x, "invalidCriteria",
                             "A maximum of one of the following filters may "
                             "be specified: id, forHandle, forUsername");
    if (id)
        return answer_ids(a, x);
    if (handle || user)
        return answer_name(a, handle ? "forHandle" : "forUsername", x);
    return error_filters(x, "missingRequiredParameter",
                         "No filter selected. Expected one of: id, forHandle, "
                         "forUsername, mine, managedByMe");
}
