/*
 * The floating-point environment: what the rounding mode does to arithmetic, what raises which flag, whose it is.
 */
#include "conform.h"

#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>

static volatile double zero, one = 1, three = 3, most = DBL_MAX, least = DBL_MIN;
static volatile float small_one = 1, small_three = 3, float_most = FLT_MAX;
static volatile long double long_one = 1, long_three = 3, long_zero, long_most = LDBL_MAX;

static const int modes[4] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };

static void check_modes(void)
{
    double third[4], minus[4], root[4], whole[4];
    float small[4], narrowed[4];
    long double wide[4];
    long lower[4];

    begin_group("fenv: rounding", "division, square root, narrowing, integers in each mode; float, double, long double");
    for (int i = 0; i < 4; i++) {
        CHECK(fesetround(modes[i]) == 0 && fegetround() == modes[i]);
        third[i] = one / three;
        minus[i] = -one / three;
        root[i] = sqrt(2 * one);
        small[i] = small_one / small_three;
        narrowed[i] = (float)(one / 10);
        wide[i] = long_one / long_three;
        whole[i] = rint(-2.5 * one);
        lower[i] = lrint(2.5 * one);
    }
    CHECK(fesetround(FE_TONEAREST) == 0);
    CHECK(third[2] > third[1] && third[2] == nextafter(third[1], 1) && third[3] == third[1]);
    CHECK(minus[1] == -third[2] && minus[2] == -third[1] && minus[3] == -third[1]);
    CHECK(root[2] == nextafter(root[1], 2) && root[3] == root[1] && (root[0] == root[1] || root[0] == root[2]));
    CHECK(small[2] == nextafterf(small[1], 1) && small[3] == small[1]);
    CHECK(narrowed[2] > narrowed[1] && narrowed[3] == narrowed[1]);
    CHECK(wide[2] == nextafterl(wide[1], 1) && wide[3] == wide[1]);
    CHECK(whole[0] == -2 && whole[1] == -3 && whole[2] == -2 && whole[3] == -2);
    CHECK(lower[0] == 2 && lower[1] == 2 && lower[2] == 3 && lower[3] == 2);
    CHECK(fesetround(0x1234) != 0 && fegetround() == FE_TONEAREST);
}

/* What a computation raises. */
#define RAISES(expression, flags)                                                                             \
    do {                                                                                                      \
        feclearexcept(FE_ALL_EXCEPT);                                                                         \
        volatile long double result_ = (expression);                                                          \
                                                                                                              \
        (void)result_;                                                                                        \
        CHECK(fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == ((flags) & ~(FE_INEXACT | FE_UNDERFLOW)) && \
              (fetestexcept(FE_INEXACT | FE_UNDERFLOW) & (flags)) == ((flags) & (FE_INEXACT | FE_UNDERFLOW))); \
    } while (0)

static void check_flags(void)
{
    begin_group("fenv: flags of operations", "float, double, long double");
    RAISES(one / three, FE_INEXACT);
    RAISES(one / zero, FE_DIVBYZERO);
    RAISES(zero / zero, FE_INVALID);
    RAISES(most * three, FE_OVERFLOW | FE_INEXACT);
    RAISES(least * least, FE_UNDERFLOW | FE_INEXACT);
    RAISES(float_most * small_three, FE_OVERFLOW | FE_INEXACT);
    RAISES(small_one / small_three, FE_INEXACT);
    RAISES(long_one / long_zero, FE_DIVBYZERO);
    RAISES(long_zero / long_zero, FE_INVALID);
    RAISES(long_most * long_three, FE_OVERFLOW | FE_INEXACT);
    RAISES((float)most, FE_OVERFLOW | FE_INEXACT);
    RAISES((double)long_most, FE_OVERFLOW | FE_INEXACT);
    RAISES((int)(most * one), FE_INVALID);
    RAISES(INFINITY - INFINITY * one, FE_INVALID);
    RAISES(one + one, 0);
    RAISES(isless(NAN, one) + isunordered(NAN, one), 0);
    feclearexcept(FE_ALL_EXCEPT);
}

static void check_functions(void)
{
    begin_group("fenv: flags of functions", "poles, domains, ranges");
    RAISES(sqrt(-one), FE_INVALID);
    RAISES(log(-one), FE_INVALID);
    RAISES(log2(-one), FE_INVALID);
    RAISES(log1p(-one), FE_DIVBYZERO);
    RAISES(exp(1000 * one), FE_OVERFLOW | FE_INEXACT);
    RAISES(exp(-1000 * one), FE_UNDERFLOW | FE_INEXACT);
    RAISES(exp2(2000 * one), FE_OVERFLOW | FE_INEXACT);
    RAISES(pow(zero, -one), FE_DIVBYZERO);
    RAISES(pow(-one, 0.5), FE_INVALID);
    RAISES(pow(10 * one, 400), FE_OVERFLOW | FE_INEXACT);
    RAISES(fmod(one, zero), FE_INVALID);
    RAISES(remainder(INFINITY, one), FE_INVALID);
    RAISES(acos(2 * one), FE_INVALID);
    RAISES(asin(2 * one), FE_INVALID);
    RAISES(acosh(zero), FE_INVALID);
    RAISES(atanh(one), FE_DIVBYZERO);
    RAISES(atanh(2 * one), FE_INVALID);
    RAISES(sin(INFINITY), FE_INVALID);
    RAISES(lgamma(zero), FE_DIVBYZERO);
    RAISES(sinh(1000 * one), FE_OVERFLOW | FE_INEXACT);
    RAISES(hypot(most, most), FE_OVERFLOW | FE_INEXACT);
    RAISES(ldexp(one, 5000), FE_OVERFLOW | FE_INEXACT);
    RAISES(nextafter(most, INFINITY), FE_OVERFLOW | FE_INEXACT);
    RAISES(lrint(1e30 * one), FE_INVALID);
    RAISES(rint(1.5 * one), FE_INEXACT);
    RAISES(fma(most, three, one), FE_OVERFLOW | FE_INEXACT);
    RAISES(sqrtl(-long_one), FE_INVALID);
    RAISES(logl(long_zero), FE_DIVBYZERO);
    RAISES(powl(long_zero, -long_one), FE_DIVBYZERO);
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(isnan(fmax(NAN, NAN)) && isnan(sin(NAN)) && isnan(exp(NAN)) && fetestexcept(FE_ALL_EXCEPT) == 0);
}

/* What also says so by errno: both of them where math_errhandling says both. */
#define FAILS(expression, flags, error)                                                                       \
    do {                                                                                                      \
        errno = 0;                                                                                            \
        RAISES(expression, flags);                                                                            \
        CHECK(errno == (error));                                                                              \
    } while (0)

static void check_poles(void)
{
    begin_group("fenv: flags and errno of functions", "float, double");
    FAILS(log(zero), FE_DIVBYZERO, ERANGE);
    FAILS(log10(-zero), FE_DIVBYZERO, ERANGE);
    FAILS(log2(zero), FE_DIVBYZERO, ERANGE);
    FAILS(logf((float)zero), FE_DIVBYZERO, ERANGE);
    FAILS(log10f((float)zero), FE_DIVBYZERO, ERANGE);
    FAILS(log2f((float)zero), FE_DIVBYZERO, ERANGE);
    FAILS(log(-one), FE_INVALID, EDOM);
    FAILS(pow(zero, -one), FE_DIVBYZERO, ERANGE);
    FAILS(powf((float)zero, -1), FE_DIVBYZERO, ERANGE);
    FAILS(pow(most, 2), FE_OVERFLOW | FE_INEXACT, ERANGE);
    FAILS(pow(-one, 0.5), FE_INVALID, EDOM);
    FAILS(exp(1000 * one), FE_OVERFLOW | FE_INEXACT, ERANGE);
    FAILS(exp2(-5000 * one), FE_UNDERFLOW | FE_INEXACT, ERANGE);
    FAILS(atanh(one), FE_DIVBYZERO, ERANGE);
    FAILS(atanhf((float)-one), FE_DIVBYZERO, ERANGE);
    FAILS(tgamma(zero), FE_DIVBYZERO, ERANGE);
    FAILS(tgamma(-one), FE_INVALID, EDOM);
    FAILS(tgammaf((float)-one), FE_INVALID, EDOM);
    FAILS(tgammaf((float)(3 * one)), 0, 0);
    FAILS(y0(zero), FE_DIVBYZERO, ERANGE);
    FAILS(yn(2, -one), FE_INVALID, EDOM);
    RAISES(ilogb(zero), FE_INVALID);
    RAISES(ilogbf((float)(one / zero)), FE_INVALID | FE_DIVBYZERO);
    RAISES(logbf((float)zero), FE_DIVBYZERO);
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(nearbyint(1.5 * one) == 2 && nearbyintf((float)(2.5 * one)) == 2 && fetestexcept(FE_INEXACT) == 0);
    CHECK(log2(8 * one) == 3 && log2(1099511627776 * one) == 40 && exp2(-30 * one) == 0x1p-30 && pow(one * 10, 22) == 1e22);
}

static void check_environments(void)
{
    fenv_t before, during;
    fexcept_t flags;

    begin_group("fenv: environments", "held, kept, given back");
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(feraiseexcept(FE_INVALID | FE_OVERFLOW) == 0 && fetestexcept(FE_INVALID | FE_OVERFLOW) == (FE_INVALID | FE_OVERFLOW));
    CHECK(fegetexceptflag(&flags, FE_INVALID) == 0 && feclearexcept(FE_INVALID) == 0 && !fetestexcept(FE_INVALID));
    CHECK(fetestexcept(FE_OVERFLOW) == FE_OVERFLOW);
    CHECK(fesetexceptflag(&flags, FE_INVALID) == 0 && fetestexcept(FE_INVALID));
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(FE_INVALID);
    fesetround(FE_UPWARD);
    CHECK(feholdexcept(&before) == 0 && fetestexcept(FE_ALL_EXCEPT) == 0 && fegetround() == FE_UPWARD);
    fesetround(FE_DOWNWARD);
    CHECK(one / zero > 0 && feupdateenv(&before) == 0);
    CHECK(fetestexcept(FE_INVALID | FE_DIVBYZERO) == (FE_INVALID | FE_DIVBYZERO) && fegetround() == FE_UPWARD);
    CHECK(fegetenv(&during) == 0 && fesetenv(FE_DFL_ENV) == 0);
    CHECK(fegetround() == FE_TONEAREST && fetestexcept(FE_ALL_EXCEPT) == 0);
    CHECK(fesetenv(&during) == 0 && fegetround() == FE_UPWARD && fetestexcept(FE_DIVBYZERO));
    fesetenv(FE_DFL_ENV);
}

struct seen {
    int inherited, later;
    double third;
    long double wide;
};

static void *compute(void *argument)
{
    struct seen *seen = argument;

    seen->inherited = fegetround();
    fesetround(FE_DOWNWARD);
    for (int i = 0; i < 10; i++)
        sched_yield();
    seen->later = fegetround();
    seen->third = one / three;
    seen->wide = long_one / long_three;
    volatile double over = most * three;

    (void)over;
    return NULL;
}

static void check_ownership(void)
{
    pthread_t thread;
    struct seen seen;

    begin_group("fenv: threads", "inherited, then a thread's own");
    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(pthread_create(&thread, NULL, compute, &seen) == 0);
    for (int i = 0; i < 5; i++)
        sched_yield();
    double third = one / three;
    long double wide = long_one / long_three;

    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(fegetround() == FE_UPWARD && !fetestexcept(FE_OVERFLOW));
    CHECK(seen.inherited == FE_UPWARD && seen.later == FE_DOWNWARD);
    CHECK(third == nextafter(seen.third, 1) && wide == nextafterl(seen.wide, 1));
    fesetenv(FE_DFL_ENV);
}

/* In x87's unit and in that of SSE, which each have their own. */
static void raise_much(void)
{
    volatile long double wide = long_most * long_three;
    volatile double narrow = most * three;

    (void)wide;
    (void)narrow;
    feraiseexcept(FE_DIVBYZERO | FE_INVALID);
}

struct raised {
    int inherited, own, later;
};

static void *raise_and_yield(void *argument)
{
    struct raised *raised = argument;

    raised->inherited = fetestexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    raise_much();
    raised->own = fetestexcept(FE_ALL_EXCEPT);
    for (int i = 0; i < 10; i++)
        sched_yield();
    raised->later = fetestexcept(FE_ALL_EXCEPT);
    return NULL;
}

/* Who has exceptions unmasked is ended by its own only. */
static void check_raised(void)
{
    pthread_t thread;
    struct raised raised;

    begin_group("fenv: flags of threads", "inherited, kept, not seen by others, masked and not");
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(FE_UNDERFLOW);
    CHECK(pthread_create(&thread, NULL, raise_and_yield, &raised) == 0);
    CHECK(feenableexcept(FE_DIVBYZERO | FE_OVERFLOW | FE_INVALID) == 0);
    for (int i = 0; i < 5; i++) {
        sched_yield();
        CHECK(long_three - 2 == long_one);
        CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_UNDERFLOW);
    }
    CHECK(fedisableexcept(FE_ALL_EXCEPT) == (FE_DIVBYZERO | FE_OVERFLOW | FE_INVALID));
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(pthread_join(thread, NULL) == 0 && fetestexcept(FE_ALL_EXCEPT) == 0);
    CHECK(raised.inherited == FE_UNDERFLOW && raised.later == raised.own);
    CHECK(raised.own == (FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_INEXACT));
    fesetenv(FE_DFL_ENV);
}

void check_rounding(void)
{
    check_modes();
    check_flags();
    check_functions();
    check_poles();
    check_environments();
    check_ownership();
    check_raised();
}
