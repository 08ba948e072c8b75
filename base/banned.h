/*
 * base/banned.h - functions that must not be called outside base/.
 *
 * Force-included by CMake into every other folder. The system headers come
 * first, so that only our own calls see the macros and fail to compile.
 * Time, randomness and number parsing are reached through base/clk.h,
 * base/rnd.h and base/num.h; text is built with base/buf.h or snprintf.
 */
#ifndef SVF_BASE_BANNED_H
#define SVF_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SVF_BANNED(what) what##_is_banned_see_base_banned_h

#define time(...)         SVF_BANNED(time)
#define rand(...)         SVF_BANNED(rand)
#define srand(...)        SVF_BANNED(srand)
#define random(...)       SVF_BANNED(random)
#define gettimeofday(...) SVF_BANNED(gettimeofday)
#define localtime(...)    SVF_BANNED(localtime)
#define gmtime(...)       SVF_BANNED(gmtime)
#define mktime(...)       SVF_BANNED(mktime)
#define strtok(...)       SVF_BANNED(strtok)
#define atoi(...)         SVF_BANNED(atoi)
#define atol(...)         SVF_BANNED(atol)
#define sprintf(...)      SVF_BANNED(sprintf)
#define vsprintf(...)     SVF_BANNED(vsprintf)
#define strcpy(...)       SVF_BANNED(strcpy)
#define strcat(...)       SVF_BANNED(strcat)
#define strncpy(...)      SVF_BANNED(strncpy)
#define sleep(...)        SVF_BANNED(sleep)
#define usleep(...)       SVF_BANNED(usleep)

#endif
