/* Preloaded, it sets the time of day that a program sees, and gives to a file that it touches,
 * WRONG_CLOCK_SECONDS off. Monotonic clocks, by which threads wait, and the times that the kernel
 * gives to files that are written are right.
 * (libfaketime 0.9.10 breaks time.sleep of Python 3.11: it moves monotonic deadlines as well.) */
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t off(void)
{
    const char *seconds = getenv("WRONG_CLOCK_SECONDS");
    return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int) syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += off();
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    int failed = (int) syscall(SYS_gettimeofday, now, zone);
    if (!failed && now)
        now->tv_sec += off();
    return failed;
}

time_t time(time_t *now)
{
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    if (now)
        *now = real.tv_sec;
    return real.tv_sec;
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    struct timespec now[2];
    if (!times) {
        clock_gettime(CLOCK_REALTIME, &now[0]);
        now[1] = now[0];
        times = now;
    }
    return (int) syscall(SYS_utimensat, folder, path, times, flags);
}
