/* fuzz/conf.c - the text of a configuration file, and one value of each type.
 *
 * Holds: nothing crashes or leaks; what is taken is printed without the
 * secret, and what is printed reads back as the same values.
 */
#include "base/conf.h"
#include "fuzz/fuzz.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct conf_row table[] = {
    { "api.key", CONF_SECRET, "", NULL, "40", "a secret" },
    { "api.connections", CONF_INT, "8", "-5", "64", "a number" },
    { "api.base_url", CONF_TEXT, "https://a", "1", "100", "a text" },
    { "log.level", CONF_CHOICE, "info", NULL, "error|warn|info", "a choice" },
    { "mine.after", CONF_DUR, "20h", "1m", "30d", "a time" },
    { "quota.reserve", CONF_PERCENT, "5 %", "0", "100 %", "a share" },
    { "server.cache", CONF_BYTES, "64k", "4k", "1G", "a size" },
    { "server.gzip", CONF_BOOL, "on", NULL, NULL, "a switch" },
};

static void each_value(struct conf *c, struct str text)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct err e = ERR_INIT;
        int rc = conf_set(c, table[i].name, text, CONF_FILE, "fuzz", &e);
        must(rc == RC_OK || (rc == RC_CONFIG && e.msg[0]),
             "a refusal without words");
    }
}

/* Keys without their sections, below a section of their own. */
static void reads_back(const struct conf *c)
{
    for (size_t i = 1; i < ARRAY_LEN(table); i++) {
        const char *name = table[i].name;
        struct conf *again;
        must(conf_open(&again, table, ARRAY_LEN(table), NULL) == RC_OK,
             "defaults are refused");
        must(conf_set(again, name, str_of(conf_text(c, name)), CONF_FILE,
                      "again", NULL) == RC_OK,
             "a value that was taken is refused");
        must(conf_int(again, name) == conf_int(c, name),
             "a value reads back as another");
        conf_close(again);
    }
}

static void as_file(struct conf *c, const uint8_t *data, size_t size)
{
    char path[] = "/tmp/svf-fuzz-conf-XXXXXX";
    int fd = mkstemp(path);
    struct err e = ERR_INIT;
    must(fd >= 0, "no temporary file");
    must(file_write_fd(fd, data, size, &e) == RC_OK, e.msg);
    close(fd);
    int rc = conf_file(c, path, &e);
    unlink(path);
    must(rc == RC_OK || rc == RC_CONFIG, "an unexpected code");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf *c;
    struct buf printed = BUF_INIT(64 * 1024);
    must(conf_open(&c, table, ARRAY_LEN(table), NULL) == RC_OK,
         "defaults are refused");
    as_file(c, data, size);
    reads_back(c);
    each_value(c, str_n((const char *)data, size));
    reads_back(c);
    conf_print(c, &printed, true);
    const char *key = conf_text(c, "api.key");
    must(!*key || str_starts(buf_view(&printed), STR("api.key = ***")),
         "a secret is printed");
    buf_fini(&printed);
    conf_close(c);
    return 0;
}
