/*
 * What is visible in other headers; programs written for glibc include it by this name.
 */
#ifndef _FEATURES_H
#define _FEATURES_H

#include <sys/features.h>

#endif
