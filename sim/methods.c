/*
 * sim/methods.c - the methods: path, price, parameters, parts, and the names
 * that their answers may hold.
 *
 * Source: the discovery document of youtube/v3, revision 20261104; prices as
 * of 2026-06-01: every read is one unit, search and batchGetStats have
 * buckets of their own.
 */
#include "sim/service_priv.h"

/* clang-format off */
static const struct param_spec video_params[] = {
    { "part",            PARAM_LIST,   0, 0, NULL },
    { "id",              PARAM_LIST,   0, 0, NULL },
    { "chart",           PARAM_CHOICE, 0, 0, "mostPopular|chartUnspecified" },
    { "hl",              PARAM_TEXT,   0, 0, NULL },
    { "locale",          PARAM_TEXT,   0, 0, NULL },
    { "maxHeight",       PARAM_NUMBER, 72, 8192, NULL },
    { "maxWidth",        PARAM_NUMBER, 72, 8192, NULL },
    { "maxResults",      PARAM_NUMBER, 1, 50, NULL },
    { "myRating",        PARAM_CHOICE, 0, 0, "none|like|dislike" },
    { "onBehalfOfContentOwner", PARAM_TEXT, 0, 0, NULL },
    { "pageToken",       PARAM_TEXT,   0, 0, NULL },
    { "regionCode",      PARAM_TEXT,   0, 0, NULL },
    { "videoCategoryId", PARAM_NUMBER, 0, 44, NULL },
};
static const struct param_spec stats_params[] = {
    { "part",            PARAM_LIST,   0, 0, NULL },
    { "id",              PARAM_LIST,   0, 0, NULL },
    { "onBehalfOfContentOwner", PARAM_TEXT, 0, 0, NULL },
};
static const struct param_spec channel_params[] = {
    { "part",            PARAM_LIST,   0, 0, NULL },
    { "id",              PARAM_LIST,   0, 0, NULL },
    { "categoryId",      PARAM_TEXT,   0, 0, NULL },
    { "forHandle",       PARAM_TEXT,   0, 0, NULL },
    { "forUsername",     PARAM_TEXT,   0, 0, NULL },
    { "hl",              PARAM_TEXT,   0, 0, NULL },
    { "managedByMe",     PARAM_BOOL,   0, 0, NULL },
    { "maxResults",      PARAM_NUMBER, 0, 50, NULL },
    { "mine",            PARAM_BOOL,   0, 0, NULL },
    { "mySubscribers",   PARAM_BOOL,   0, 0, NULL },
    { "onBehalfOfContentOwner", PARAM_TEXT, 0, 0, NULL },
    { "pageToken",       PARAM_TEXT,   0, 0, NULL },
};
static const struct param_spec playlist_params[] = {
    { "part",            PARAM_LIST,   0, 0, NULL },
    { "id",              PARAM_LIST,   0, 0, NULL },
    { "maxResults",      PARAM_NUMBER, 0, 50, NULL },
    { "onBehalfOfContentOwner", PARAM_TEXT, 0, 0, NULL },
    { "pageToken",       PARAM_TEXT,   0, 0, NULL },
    { "playlistId",      PARAM_TEXT,   0, 0, NULL },
    { "videoId",         PARAM_TEXT,   0, 0, NULL },
};
static const struct param_spec search_params[] = {
    { "part",            PARAM_LIST,   0, 0, NULL },
    { "channelId",       PARAM_TEXT,   0, 0, NULL },
    { "channelType",     PARAM_CHOICE, 0, 0, "channelTypeUnspecified|any|show" },
    { "eventType",       PARAM_CHOICE, 0, 0, "none|upcoming|live|completed" },
    { "forContentOwner", PARAM_BOOL,   0, 0, NULL },
    { "forDeveloper",    PARAM_BOOL,   0, 0, NULL },
    { "forMine",         PARAM_BOOL,   0, 0, NULL },
    { "location",        PARAM_TEXT,   0, 0, NULL },
    { "locationRadius",  PARAM_TEXT,   0, 0, NULL },
    { "maxResults",      PARAM_NUMBER, 0, 50, NULL },
    { "onBehalfOfContentOwner", PARAM_TEXT, 0, 0, NULL },
    { "order",           PARAM_CHOICE, 0, 0, "searchSortUnspecified|date|rating|viewCount|relevance|title|videoCount" },
    { "pageToken",       PARAM_TEXT,   0, 0, NULL },
    { "publishedAfter",  PARAM_TIME,   0, 0, NULL },
    { "publishedBefore", PARAM_TIME,   0, 0, NULL },
    { "q",               PARAM_TEXT,   0, 0, NULL },
    { "regionCode",      PARAM_TEXT,   0, 0, NULL },
    { "relevanceLanguage", PARAM_TEXT, 0, 0, NULL },
    { "safeSearch",      PARAM_CHOICE, 0, 0, "safeSearchSettingUnspecified|none|moderate|strict" },
    { "topicId",         PARAM_TEXT,   0, 0, NULL },
    { "type",            PARAM_LIST,   0, 0, NULL },
    { "videoCaption",    PARAM_CHOICE, 0, 0, "videoCaptionUnspecified|any|closedCaption|none" },
    { "videoCategoryId", PARAM_NUMBER, 0, 44, NULL },
    { "videoDefinition", PARAM_CHOICE, 0, 0, "any|standard|high" },
    { "videoDimension",  PARAM_CHOICE, 0, 0, "any|2d|3d" },
    { "videoDuration",   PARAM_CHOICE, 0, 0, "videoDurationUnspecified|any|short|medium|long" },
    { "videoEmbeddable", PARAM_CHOICE, 0, 0, "videoEmbeddableUnspecified|any|true" },
    { "videoLicense",    PARAM_CHOICE, 0, 0, "any|youtube|creativeCommon" },
    { "videoPaidProductPlacement", PARAM_CHOICE, 0, 0, "videoPaidProductPlacementUnspecified|any|true" },
    { "videoSyndicated", PARAM_CHOICE, 0, 0, "videoSyndicatedUnspecified|any|true" },
    { "videoType",       PARAM_CHOICE, 0, 0, "videoTypeUnspecified|any|movie|episode" },
};

static const struct part_name {
    const char *name;
    uint32_t bit;
} part_names[] = {
    { "id", PART_ID }, { "snippet", PART_SNIPPET },
    { "contentDetails", PART_CONTENT }, { "statistics", PART_STATISTICS },
    { "status", PART_STATUS }, { "topicDetails", PART_TOPIC },
    { "liveStreamingDetails", PART_LIVE },
    { "recordingDetails", PART_RECORDING },
    { "localizations", PART_LOCALIZATIONS }, { "player", PART_PLAYER },
    { "paidProductPlacementDetails", PART_PLACEMENT },
    { "brandPartner", PART_PARTNER }, { "brandingSettings", PART_BRANDING },
    { "contentOwnerDetails", PART_OWNER }, { "fileDetails", PART_FILE },
    { "processingDetails", PART_PROCESSING },
    { "suggestions", PART_SUGGESTIONS }, { "auditDetails", PART_AUDIT },
};

/* What a selector may name, as selectors. */
#define FRAME "kind,etag,eventId,visitorId,nextPageToken,prevPageToken," \
              "tokenPagination,pageInfo(totalResults,resultsPerPage),"
#define PICTURE "(url,width,height)"
#define PICTURES "thumbnails(default" PICTURE ",medium" PICTURE ",high" \
    PICTURE ",standard" PICTURE ",maxres" PICTURE ",fhd" PICTURE ",qhd" \
    PICTURE ",uhd" PICTURE ",shortsAspectRatio" PICTURE ")"
#define RESOURCE "(kind,videoId,channelId,playlistId)"

static const char video_shape[] = FRAME "items(kind,etag,id,"
    "snippet(publishedAt,channelId,title,description," PICTURES ","
    "channelTitle,tags,categoryId,liveBroadcastContent,defaultLanguage,"
    "localized(title,description),defaultAudioLanguage),"
    "contentDetails(duration,dimension,definition,caption,licensedContent,"
    "regionRestriction(allowed,blocked),countryRestriction(allowed,exception),"
    "contentRating(*),projection,hasCustomThumbnail),"
    "status(uploadStatus,failureReason,rejectionReason,privacyStatus,"
    "publishAt,license,embeddable,publicStatsViewable,madeForKids,"
    "selfDeclaredMadeForKids,containsSyntheticMedia),"
    "statistics(viewCount,likeCount,dislikeCount,favoriteCount,commentCount),"
    "topicDetails(topicIds,relevantTopicIds,topicCategories),"
    "liveStreamingDetails(actualStartTime,actualEndTime,scheduledStartTime,"
    "scheduledEndTime,concurrentViewers,activeLiveChatId),"
    "recordingDetails(locationDescription,location(*),recordingDate),"
    "localizations(*(title,description)),"
    "player(embedHtml,embedHeight,embedWidth),"
    "paidProductPlacementDetails(hasPaidProductPlacement),"
    "brandPartner(channelHandle,channelId),ageGating(*),projectDetails(*),"
    "fileDetails(*(*)),processingDetails(*(*)),suggestions(*(*)),"
    "monetizationDetails(access(allowed,exception)))";
static const char stats_shape[] = "kind,etag,items(kind,etag,id,"
    "snippet(publishTime),contentDetails(duration),"
    "statistics(viewCount,likeCount,commentCount))";
static const char channel_shape[] = FRAME "items(kind,etag,id,"
    "snippet(title,description,customUrl,publishedAt," PICTURES ","
    "defaultLanguage,localized(title,description),country),"
    "contentDetails(relatedPlaylists(likes,favorites,uploads,watchHistory,"
    "watchLater)),"
    "statistics(viewCount,commentCount,subscriberCount,"
    "hiddenSubscriberCount,videoCount),topicDetails(topicIds,"
    "topicCategories),status(privacyStatus,isLinked,longUploadsStatus,"
    "madeForKids,selfDeclaredMadeForKids,isChannelMonetizationEnabled),"
    "brandingSettings(channel(*),watch(*),image(*(*(*))),"
    "hints(property,value)),"
    "auditDetails(*),contentOwnerDetails(contentOwner,timeLinked),"
    "conversionPings(pings(context,conversionUrl)),localizations(*(title,description)))";
static const char playlist_shape[] = FRAME "items(kind,etag,id,"
    "snippet(publishedAt,channelId,title,description," PICTURES ","
    "channelTitle,playlistId,position,resourceId" RESOURCE ","
    "videoOwnerChannelTitle,videoOwnerChannelId),"
    "contentDetails(videoId,startAt,endAt,note,videoPublishedAt),"
    "status(privacyStatus))";
static const char search_shape[] = FRAME "regionCode,items(kind,etag,"
    "id" RESOURCE ",snippet(publishedAt,channelId,title,description,"
    PICTURES ",channelTitle,liveBroadcastContent))";

static const struct method methods[] = {
    { .name = "videos.list", .path = "videos",
      .bucket = LEDGER_GENERAL, .units = 1,
      .parts = PART_ID | PART_SNIPPET | PART_CONTENT | PART_STATISTICS |
               PART_STATUS | PART_TOPIC | PART_LIVE | PART_RECORDING |
               PART_LOCALIZATIONS | PART_PLAYER | PART_PLACEMENT |
               PART_PARTNER,
      .owner_parts = PART_FILE | PART_PROCESSING | PART_SUGGESTIONS,
      .specs = video_params, .n_specs = ARRAY_LEN(video_params),
      .shape = video_shape, .default_results = 5, .answer = answer_videos },
    { .name = "videos.batchGetStats", .path = "videos:batchGetStats",
      .bucket = LEDGER_BATCH_STATS, .units = 1,
      .parts = PART_ID | PART_SNIPPET | PART_CONTENT | PART_STATISTICS,
      .specs = stats_params, .n_specs = ARRAY_LEN(stats_params),
      .shape = stats_shape, .answer = answer_stats },
    { .name = "channels.list", .path = "channels",
      .bucket = LEDGER_GENERAL, .units = 1,
      .parts = PART_ID | PART_SNIPPET | PART_CONTENT | PART_STATISTICS |
               PART_STATUS | PART_TOPIC | PART_LOCALIZATIONS |
               PART_BRANDING | PART_OWNER,
      .owner_parts = PART_AUDIT,
      .specs = channel_params, .n_specs = ARRAY_LEN(channel_params),
      .shape = channel_shape, .default_results = 5,
      .answer = answer_channels },
    { .name = "playlistItems.list", .path = "playlistItems",
      .bucket = LEDGER_GENERAL, .units = 1,
      .parts = PART_ID | PART_SNIPPET | PART_CONTENT | PART_STATUS,
      .specs = playlist_params, .n_specs = ARRAY_LEN(playlist_params),
      .shape = playlist_shape, .default_results = 5,
      .answer = answer_playlist },
    { .name = "search.list", .path = "search",
      .bucket = LEDGER_SEARCH, .units = 1,
      .parts = PART_ID | PART_SNIPPET,
      .specs = search_params, .n_specs = ARRAY_LEN(search_params),
      .shape = search_shape, .default_results = 5, .answer = answer_search },
};
/* clang-format on */

const struct method *method_of_path(struct str path)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (str_eqz(path, methods[i].path))
            return &methods[i];
    return NULL;
}

static uint32_t part_bit(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(part_names); i++)
        if (str_eqz(name, part_names[i].name))
            return part_names[i].bit;
    return 0;
}

int method_parts(const struct method *m, const struct params *p, uint32_t *ret,
                 struct api_error *x)
{
    struct str names[32];
    size_t n = params_list(p, "part", names, ARRAY_LEN(names));
    uint32_t parts = 0;
    if (!n)
        return error_param(x, "missingRequiredParameter", "part",
                           "Required parameter: part");
    for (size_t i = 0; i < n && i < ARRAY_LEN(names); i++) {
        uint32_t bit = part_bit(names[i]);
        if (bit & m->owner_parts)
            return error_set(x, ERROR_OWNER_PART);
        if (!(bit & m->parts)) {
            size_t shown = names[i].n < 60 ? names[i].n : 60;
            error_param(x, "unknownPart", "part", "%.*s", (int)shown,
                        names[i].p);
            x->domain = "youtube.part";
            return RC_INPUT;
        }
        parts |= bit;
    }
    *ret = parts;
    return RC_OK;
}
