/* Stands before fsync and fdatasync of a server under test: the file that DISK_MOOD names says how the
   disk does. 'f': it fails. 's': it is slow. Anything else, or no file: it is well. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const useconds_t SLOW_MICROSECONDS = 700000;

static int mood(void)
{
    char letter = 0;
    const char *path = getenv("DISK_MOOD");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, &letter, 1) != 1)
            letter = 0;
        close(file);
    }
    return letter;
}

static int sync_by(const char *name, int file)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    switch (mood()) {
    case 'f':
        errno = EIO;
        return -1;
    case 's':
        usleep(SLOW_MICROSECONDS);
    }
    return next(file);
}

int fsync(int file) { return sync_by("fsync", file); }
int fdatasync(int file) { return sync_by("fdatasync", file); }
