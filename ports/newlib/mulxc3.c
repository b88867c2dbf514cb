/*
 * What compilers call to multiply complex numbers of long double, (a + bi)(c + di), in place of the compiler's own, which keeps
 * data below the stack pointer (C11, annex G.5.1: an infinite factor makes the product infinite, whatever is not a number).
 */
#include <math.h>

long double _Complex __mulxc3(long double a, long double b, long double c, long double d);

/* An infinity's direction: ±1 for what is infinite, ±0 for what is not. */
static long double direction(long double part)
{
    return copysignl(isinf(part) ? 1 : 0, part);
}

static long double number(long double part)
{
    return isnan(part) ? copysignl(0, part) : part;
}

long double _Complex __mulxc3(long double a, long double b, long double c, long double d)
{
    long double ac = a * c, bd = b * d, ad = a * d, bc = b * c;
    long double real = ac - bd, imaginary = ad + bc;
    int infinite = 0;
    long double _Complex product;

    if (isnan(real) && isnan(imaginary)) {
        if (isinf(a) || isinf(b)) {
            a = direction(a);
            b = direction(b);
            c = number(c);
            d = number(d);
            infinite = 1;
        }
        if (isinf(c) || isinf(d)) {
            c = direction(c);
            d = direction(d);
            a = number(a);
            b = number(b);
            infinite = 1;
        }
        if (!infinite && (isinf(ac) || isinf(bd) || isinf(ad) || isinf(bc))) {
            a = number(a);
            b = number(b);
            c = number(c);
            d = number(d);
            infinite = 1;
        }
    }
    if (infinite) {
        real = INFINITY * (a * c - b * d);
        imaginary = INFINITY * (a * d + b * c);
    }
    __real__ product = real;
    __imag__ product = imaginary;
    return product;
}
