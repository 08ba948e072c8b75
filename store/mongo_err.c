/*
 * store/mongo_err.c - the driver's errors as the store's codes.
 *
 * Rules
 *   1. no answer to a write means RC_UNKNOWN: it may have been carried out.
 *      Only a write that found no server was certainly not sent.
 *   2. a step of a transaction has no effect until the commit, so no answer
 *      to it means RC_DOWN
 *   3. what the driver says of a server that it cannot use is put in words
 *      that name what to change
 *   4. the driver's labels decide whether a transaction may be run again;
 *      a duplicate key is a conflict too: keys are read before they are
 *      inserted, in the same transaction
 *   5. a read may be done again when a server was there and failed, not when
 *      none was found: the driver has waited for one already
 *
 * Threads: no state.
 */
#include "store/mongo_priv.h"

/* Codes of the server, by what the caller can do about them. */
static const struct {
    uint32_t code;
    int rc;
} codes[] = {
    { 13, RC_DENIED },   /* Unauthorized */
    { 18, RC_DENIED },   /* AuthenticationFailed */
    { 8000, RC_DENIED }, /* AtlasError: mostly a user without the right */
    { 20, RC_CONFIG },   /* IllegalOperation: a standalone server */
    { 100, RC_CONFIG },  /* UnsatisfiableWriteConcern */
    { 121, RC_INPUT },   /* DocumentValidationFailure */
    { 10334, RC_LIMIT }, /* BSONObjectTooLarge */
    { 17280, RC_LIMIT }, /* KeyTooLong */
    { 43, RC_AGAIN },    /* CursorNotFound: unused for ten minutes */
    { 136, RC_AGAIN },   /* CappedPositionLost */
    { 237, RC_AGAIN },   /* CursorKilled */
    { 239, RC_AGAIN },   /* SnapshotTooOld */
    { 246, RC_AGAIN },   /* SnapshotUnavailable */
    { MG_CODE_CONFLICT, RC_AGAIN },
    { MG_CODE_NO_TXN, RC_AGAIN },
    { MG_CODE_DUPLICATE, RC_AGAIN },
    { MG_CODE_HISTORY_LOST, RC_LOST },
    { 280, RC_LOST },   /* ChangeStreamFatalError: the token is unknown */
    { 260, RC_LOST },   /* InvalidResumeToken */
    { 14031, RC_IO },   /* OutOfDiskSpace */
    { 6, RC_DOWN },     /* HostUnreachable */
    { 7, RC_DOWN },     /* HostNotFound */
    { 50, RC_DOWN },    /* MaxTimeMSExpired */
    { 64, RC_DOWN },    /* WriteConcernFailed: wtimeout */
    { 89, RC_DOWN },    /* NetworkTimeout */
    { 91, RC_DOWN },    /* ShutdownInProgress */
    { 134, RC_DOWN },   /* ReadConcernMajorityNotAvailableYet */
    { 189, RC_DOWN },   /* PrimarySteppedDown */
    { 262, RC_DOWN },   /* ExceededTimeLimit */
    { 9001, RC_DOWN },  /* SocketException */
    { 10107, RC_DOWN }, /* NotWritablePrimary */
    { 11600, RC_DOWN }, /* InterruptedAtShutdown */
    { 11601, RC_DOWN }, /* Interrupted */
    { 11602, RC_DOWN }, /* InterruptedDueToReplStateChange */
    { 13435, RC_DOWN }, /* NotPrimaryNoSecondaryOk */
    { 13436, RC_DOWN }, /* NotPrimaryOrSecondary */
};

static int code_of_server(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].code == code)
            return codes[i].rc;
    return RC_IO;
}

/* Refused while the connection was made: a wrong user or password. */
static bool is_login(const bson_error_t *be)
{
    return be->domain == MONGOC_ERROR_CLIENT &&
           (be->code == MONGOC_ERROR_CLIENT_AUTHENTICATE ||
            be->code == MONGOC_ERROR_CLIENT_GETNONCE);
}

/* The driver could not read its certificates. */
#define NO_TLS_STATE "Failed initialize TLS state"

static int code_of(const bson_error_t *be, enum mg_effect effect)
{
    if (is_login(be))
        return RC_DENIED;
    switch (be->domain) {
    case MONGOC_ERROR_SERVER_SELECTION: /* rule 1 */
        return strstr(be->message, NO_TLS_STATE) ? RC_CONFIG : RC_DOWN;
    case MONGOC_ERROR_STREAM:
    case MONGOC_ERROR_PROTOCOL:
        return effect == MG_WRITE ? RC_UNKNOWN : RC_DOWN;
    case MONGOC_ERROR_SERVER:
    case MONGOC_ERROR_WRITE_CONCERN:
        break;
    case MONGOC_ERROR_BSON:
        return RC_LIMIT;
    default:
        return RC_IO;
    }
    int rc = code_of_server(be->code);
    return rc == RC_DOWN && effect == MG_WRITE ? RC_UNKNOWN : rc;
}

/* Rules 4 and 5; @rc is what the caller is told. */
static void mark(struct mg_conn *c, const bson_error_t *be, const bson_t *reply,
                 int rc)
{
    if (!c->in_txn) {
        c->again = rc == RC_DOWN && be->domain != MONGOC_ERROR_SERVER_SELECTION;
        return;
    }
    bool server = be->domain == MONGOC_ERROR_SERVER;
    bool duplicate = server && be->code == MG_CODE_DUPLICATE;
    c->conflict = duplicate || (server && be->code == MG_CODE_CONFLICT);
    c->again =
        duplicate ||
        (reply && mongoc_error_has_label(reply, "TransientTransactionError"));
}

/* ---- the sentence ---- */

/* Why no server can be used: rule 3. The numbers are OpenSSL's. */
static const struct {
    const char *said;
    const char *meant;
} reasons[] = {
    { NO_TLS_STATE, "tlsCAFile or tlsCertificateKeyFile holds no certificate" },
    { "certificate verify failed (62)",
      "the server's certificate is for another name" },
    { "certificate verify failed (64)",
      "the server's certificate is for another address" },
    { "certificate verify failed (10)", "the server's certificate is too old" },
    { "certificate verify failed",
      "the server's certificate is not signed by one of tlsCAFile" },
};

static const char *reason_of(const struct mongo *m, const char *said)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strstr(said, reasons[i].said))
            return reasons[i].meant;
    if (!strstr(said, "Failed to read 4 bytes"))
        return NULL;
    return m->tls ? "it hangs up; it may want a certificate that it knows "
                    "(tlsCertificateKeyFile)"
                  : "it hangs up; it may want TLS (tls=true)";
}

enum { WORDS_MAX = 140 };

/* The driver's words in @out, without what helps nobody. */
static void put_words(const struct mongo *m, const bson_error_t *be,
                      char out[static WORDS_MAX])
{
    const char *said = be->message;
    const char *reason = NULL, *list = NULL;
    if (be->domain == MONGOC_ERROR_SERVER_SELECTION) {
        reason = reason_of(m, said);
        list = strchr(said, '[');
    }
    if (reason)
        snprintf(out, WORDS_MAX, "no server can be used: %s", reason);
    else if (list)
        snprintf(out, WORDS_MAX, "no server answers: %.120s", list);
    else
        snprintf(out, WORDS_MAX, "%.139s", said);
    char *command = strstr(out, " to execute command {");
    if (command) /* it may be as long as a batch */
        *command = '\0';
}

int mg_fail(struct mg_conn *c, const bson_error_t *be, const bson_t *reply,
            enum mg_effect effect, const char *what, struct err *e)
{
    char words[WORDS_MAX];
    int rc = code_of(be, effect);
    mark(c, be, reply, rc);
    put_words(c->m, be, words);
    return err_sys(e, rc, (int)be->code, "store 'mongodb://%.80s': %s: %s",
                   c->m->hosts, what, words);
}

int mg_cursor_fail(struct mg_conn *c, mongoc_cursor_t *cursor, const char *what,
                   struct err *e)
{
    bson_error_t be;
    const bson_t *reply = NULL;
    if (!mongoc_cursor_error_document(cursor, &be, &reply))
        return RC_OK;
    return mg_fail(c, &be, reply, MG_NONE, what, e);
}
