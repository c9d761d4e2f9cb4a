/* The toy as a C programmer writes it: one loop over runs, days and nations.

   Numbers are drawn by xoshiro256+ (Blackman and Vigna 2021), seeded by splitmix64, exponentials by
   inversion and normals by Box and Muller. */

#include <math.h>
#include <stdint.h>

enum { PUBLIC = 2 }; /* two moves from the talks, by way of the willing */

struct toy {
    int64_t n_nations, n_days;
    double rate, disposition, peers, threshold;
};

static uint64_t state[4];

static void seed_by(uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        state[i] = z ^ (z >> 31);
    }
}

/* Uniform in (0, 1]. */
static double uniform(void)
{
    uint64_t found = state[0] + state[3], t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = (state[3] << 45) | (state[3] >> 19);
    return ((found >> 11) + 1) * 0x1p-53;
}

static double exponential(void)
{
    return -log(uniform());
}

static double normal(void)
{
    return sqrt(2.0 * exponential()) * cos(2.0 * M_PI * uniform());
}

/* Public size by run and day, shape (runs, n_days + 1). */
void public_sizes(const struct toy *toy, int64_t runs, uint64_t seed, int64_t *sizes)
{
    int64_t n = toy->n_nations;
    double rate[n], left[n];
    int stage[n];

    seed_by(seed);
    for (int64_t run = 0; run < runs; run++) {
        for (int64_t i = 0; i < n; i++) {
            rate[i] = toy->rate * exp(toy->disposition * normal());
            left[i] = exponential();
            stage[i] = 0;
        }
        int64_t n_public = 0;
        *sizes++ = n_public;
        for (int64_t day = 1; day <= toy->n_days; day++) {
            double share = (double)n_public / (n - 1);
            double pull = exp(toy->peers * (share - toy->threshold));
            for (int64_t i = 0; i < n; i++) {
                if (stage[i] == PUBLIC)
                    continue;
                left[i] -= rate[i] * pull;
                if (left[i] <= 0.0) {
                    left[i] = exponential();
                    stage[i]++;
                    n_public += stage[i] == PUBLIC;
                }
            }
            *sizes++ = n_public;
        }
    }
}
