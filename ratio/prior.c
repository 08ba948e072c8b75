/*
 * ratio/prior.c - the beta prior of likes/dislikes in one bucket, by moments.
 *
 * Rules
 *   1. the sums are integers, each turned into a double once; the formulas
 *      are evaluated left to right as written, without fused operations
 *      (the folder is compiled with -ffp-contract=off): same rows, same bits
 *   2. whatever the sums, alpha and beta are finite and positive
 *   3. rows that tell nothing about the spread get the weakest spread
 *      allowed, rho = 1e-4
 */
#include "ratio/ratio_priv.h"

static const double rho_min = 1e-4, rho_max = .5, mu_edge = 1e-9;

void prior_merge(struct prior_sums *to, const struct prior_sums *from)
{
    to->n += from->n;
    to->s1 += from->s1;
    to->k += from->k;
    to->s2 += from->s2;
    to->q += from->q;
}

/* Not a number counts as too small. */
static double clip(double x, double low, double high)
{
    if (!(x > low))
        return low;
    return x < high ? x : high;
}

void prior_of(const struct prior_sums *p, double *alpha, double *beta)
{
    double n = (double)p->n;
    double s1 = (double)p->s1;
    double s2 = (double)p->s2;
    double k = (double)p->k;
    double q = (double)p->q / 65536;

    double mu = clip(k / s1, mu_edge, 1 - mu_edge);
    double spread = s1 - s2 / s1 - (n - 1);
    double rho = ((q - mu * mu * s1) / (mu * (1 - mu)) - (n - 1)) / spread;
    if (p->n < 2 || spread <= 0 || !isfinite(rho))
        rho = rho_min;

    double m = 1 / clip(rho, rho_min, rho_max) - 1;
    *alpha = mu * m;
    *beta = (1 - mu) * m;
}
