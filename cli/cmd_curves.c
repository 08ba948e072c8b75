/*
 * cli/cmd_curves.c - `svf curves`: the quantiles of a ratio over views, as
 * JSON, in the terminal, or as a picture.
 *
 * Rules
 *   1. both axes are logarithmic; a quantile of 0 or infinity is left out of
 *      drawings, never out of the JSON
 */
#include "cli/cli_priv.h"

#include "base/file.h"

#include <math.h>
#include <string.h>

static const char *const drawn_name[] = { "50", "90", "99" };
static const char *const drawn_colour[] = { "#888888", "#2b7bba", "#d1495b" };

static double quantile(const struct ratio_bucket *b, const char *percent)
{
    for (size_t i = 0; i < RATIO_QUANTILES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%" PRIu32, ratio_quantile_percent[i]);
        if (strcmp(name, percent) == 0)
            return b->quantile[i];
    }
    return NAN;
}

static void put_json(struct cli *c, const struct ratio_table *t)
{
    struct jsonw w;
    jsonw_init(&w, &c->out);
    api_buckets_json(&w, t);
    buf_c(&c->out, '\n');
}

/* The drawing's window, in log10. */
struct window {
    double x0, x1, y0, y1;
};

static bool drawable(double y)
{
    return isfinite(y) && y > 0;
}

static double middle(const struct ratio_table *t, size_t i)
{
    double from = (double)t->buckets[i].views_min;
    double to =
        i + 1 < t->n_buckets ? (double)t->buckets[i].views_max : from * 2;
    return log10(sqrt((from < 1 ? 1 : from) * (to < 1 ? 1 : to)));
}

static bool find_window(const struct ratio_table *t, struct window *w)
{
    *w = (struct window){ INFINITY, -INFINITY, INFINITY, -INFINITY };
    for (size_t i = 0; i < t->n_buckets; i++)
        for (size_t k = 0; k < ARRAY_LEN(drawn_name); k++) {
            double y = quantile(&t->buckets[i], drawn_name[k]);
            if (!drawable(y))
                continue;
            w->x0 = fmin(w->x0, middle(t, i));
            w->x1 = fmax(w->x1, middle(t, i));
            w->y0 = fmin(w->y0, log10(y));
            w->y1 = fmax(w->y1, log10(y));
        }
    if (w->x1 - w->x0 < 0.1)
        w->x1 = w->x0 + 0.1;
    if (w->y1 - w->y0 < 0.1)
        w->y1 = w->y0 + 0.1;
    return isfinite(w->x0);
}

enum { PLOT_W = 64, PLOT_H = 18 };

static void put_terminal(struct cli *c, const struct ratio_table *t)
{
    struct window w;
    char grid[PLOT_H][PLOT_W + 1];
    if (!find_window(t, &w)) {
        cli_print(c, "no ranked videos\n");
        return;
    }
    memset(grid, ' ', sizeof(grid));
    for (size_t i = 0; i < t->n_buckets; i++)
        for (size_t k = 0; k < ARRAY_LEN(drawn_name); k++) {
            double y = quantile(&t->buckets[i], drawn_name[k]);
            if (!drawable(y))
                continue;
            double fx = (middle(t, i) - w.x0) / (w.x1 - w.x0);
            double fy = (log10(y) - w.y0) / (w.y1 - w.y0);
            grid[PLOT_H - 1 - (int)(fy * (PLOT_H - 1))]
                [(int)(fx * (PLOT_W - 1))] = "59#"[k];
        }
    cli_print(c, "%s, quantiles 50 %% (5), 90 %% (9), 99 %% (#) by views\n",
              ratio_pair(t->ratio));
    for (int row = 0; row < PLOT_H; row++) {
        double y = w.y1 - (w.y1 - w.y0) * row / (PLOT_H - 1);
        grid[row][PLOT_W] = '\0';
        cli_print(c, "%9.3g |%s\n", pow(10, y), grid[row]);
    }
    char from[16], to[16];
    cli_print(
        c, "          +%.*s\n", PLOT_W,
        "----------------------------------------------------------------");
    cli_print(c, "           %-*s%s views\n", PLOT_W - 4,
              cli_short_text((uint64_t)pow(10, w.x0), from),
              cli_short_text((uint64_t)pow(10, w.x1), to));
}

enum { SVG_W = 800, SVG_H = 480, SVG_PAD = 60 };

static void svg_curve(struct buf *b, const struct ratio_table *t,
                      const struct window *w, size_t k)
{
    bool first = true;
    buf_f(b,
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
          drawn_colour[k]);
    for (size_t i = 0; i < t->n_buckets; i++) {
        double y = quantile(&t->buckets[i], drawn_name[k]);
        if (!drawable(y))
            continue;
        double px = SVG_PAD + (middle(t, i) - w->x0) / (w->x1 - w->x0) *
                                  (SVG_W - 2 * SVG_PAD);
        double py =
            SVG_H - SVG_PAD -
            (log10(y) - w->y0) / (w->y1 - w->y0) * (SVG_H - 2 * SVG_PAD);
        buf_f(b, "%s%.1f,%.1f", first ? "" : " ", px, py);
        first = false;
    }
    buf_z(b, "\"/>\n");
    buf_f(b, "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s %%</text>\n",
          SVG_W - SVG_PAD + 8, SVG_PAD + 20 * (int)k, drawn_colour[k],
          drawn_name[k]);
}

static void svg_axes(struct buf *b, const struct ratio_table *t,
                     const struct window *w)
{
    for (int d = (int)ceil(w->x0); d <= (int)floor(w->x1); d++) {
        char label[16];
        double px =
            SVG_PAD + (d - w->x0) / (w->x1 - w->x0) * (SVG_W - 2 * SVG_PAD);
        buf_f(b,
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" "
              "stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%d\" "
              "text-anchor=\"middle\">%s</text>\n",
              px, px, SVG_PAD, SVG_H - SVG_PAD, px, SVG_H - SVG_PAD + 18,
              cli_short_text((uint64_t)pow(10, d), label));
    }
    for (int d = (int)ceil(w->y0); d <= (int)floor(w->y1); d++) {
        double py = SVG_H - SVG_PAD -
                    (d - w->y0) / (w->y1 - w->y0) * (SVG_H - 2 * SVG_PAD);
        buf_f(b,
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
              "stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" "
              "text-anchor=\"end\">%g</text>\n",
              SVG_PAD, SVG_W - SVG_PAD, py, py, SVG_PAD - 6, py + 4,
              pow(10, d));
    }
    buf_f(b,
          "<text x=\"%d\" y=\"%d\">%s by views, computed by this service"
          "</text>\n",
          SVG_PAD, SVG_PAD - 24, ratio_pair(t->ratio));
}

static int put_svg(struct cli *c, const struct ratio_table *t, const char *path,
                   struct err *e)
{
    struct window w;
    struct buf b = BUF_INIT(16u * 1024 * 1024);
    buf_f(&b,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
          "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
          "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
          SVG_W, SVG_H);
    if (find_window(t, &w)) {
        svg_axes(&b, t, &w);
        for (size_t k = 0; k < ARRAY_LEN(drawn_name); k++)
            svg_curve(&b, t, &w, k);
    }
    buf_z(&b, "</svg>\n");
    int rc = buf_check(&b, "the picture", e);
    if (!rc && (rc = file_replace(path, b.p, b.n, 0644, e)))
        c->exit = EXIT_CANT_CREATE;
    buf_fini(&b);
    return rc;
}

static int draw(struct cli *c, struct store *st, enum ratio_id r, struct err *e)
{
    struct search *s;
    struct ratio_table *t = NULL;
    int rc = cli_search_open(c, st, true, &s, e);
    if (rc)
        return rc;
    rc = cli_rank_if_needed(c, st, s, e);
    if (!rc)
        rc = search_table(s, r, &t, e);
    const char *svg = cli_opt(c, "svg");
    if (!rc && svg)
        rc = put_svg(c, t, svg, e);
    if (!rc && c->json)
        put_json(c, t);
    else if (!rc && !svg)
        put_terminal(c, t);
    ratio_table_close(t);
    search_close(s);
    return rc;
}

int cmd_curves(struct cli *c, struct err *e)
{
    enum ratio_id r = RATIO_LIKES_VIEWS;
    const char *asked = cli_opt(c, "ratio");
    if (cli_no_words(c, e) || (asked && ratio_parse(str_of(asked), &r, e)))
        return cli_usage(c, e, NULL);
    struct store *st;
    int rc = cli_store_open(c, CLI_USE, &st, e);
    if (rc)
        return rc;
    rc = cli_require_derived(c, st, e);
    if (!rc)
        rc = draw(c, st, r, e);
    store_close(st);
    return rc;
}
