/* Stands before the clock of a server under test: the file that CLOCK_OFFSET names has the seconds that it is
   set forward by, or back. Time that passes is measured as ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long offset(void)
{
    char digits[32] = {0};
    const char *path = getenv("CLOCK_OFFSET");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, digits, sizeof digits - 1) < 0)
            digits[0] = 0;
        close(file);
    }
    return strtol(digits, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*next)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = next(clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += offset();
    return answer;
}
