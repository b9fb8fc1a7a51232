/* Preloaded into auditctl: counts every call that changes a file below one folder, writes it to a log, and lets one of
 * them fail, or stops a process there. What to do lies in a file that all processes of one run map, see shim.py. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, FSYNC = 4, RENAME = 8, MKDIR = 16, LINK = 32, UNLINK = 64, CLOSE = 128 };

struct order {
    _Atomic int count;      /* calls so far, of the kinds in `calls` */
    int at;                 /* the call that meets the fault; 0: none */
    int calls;              /* which kinds of calls count */
    int code;               /* errno of the failure; 0: a signal */
    int signal;
    int to_main;            /* the signal goes to the first process, else to the one that calls */
    int only_apart;         /* count the calls of other processes alone */
    _Atomic int main;       /* the first process */
    char below[1024];       /* the folder; ends with a slash */
    char log[1024];
};

static struct order *order;

void faults_follow(const char *path) {
    int file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (file < 0) _exit(99);
    void *seen = mmap(NULL, sizeof(struct order), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (seen == MAP_FAILED) _exit(99);
    int nobody = 0;
    order = seen;
    atomic_compare_exchange_strong(&order->main, &nobody, getpid());
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_ORDER");
    if (path) faults_follow(path);
}

static void place(char *full, int folder, const char *path) {
    ssize_t length = 0;
    if (path && path[0] == '/') {
        snprintf(full, PATH_MAX, "%s", path);
        return;
    }
    char link[64];
    if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    length = syscall(SYS_readlinkat, AT_FDCWD, link, full, PATH_MAX - 1);
    full[length < 0 ? 0 : length] = 0;
    if (path) snprintf(full + strlen(full), PATH_MAX - strlen(full), "/%s", path);
}

/* Whether this call fails now, with errno set. */
static int fails(int kind, const char *name, int folder, const char *path) {
    if (!order || !(order->calls & kind)) return 0;
    int before = errno, apart = getpid() != order->main;
    if (order->only_apart && !apart) return 0;
    char full[PATH_MAX], line[PATH_MAX + 64];
    place(full, folder, path);
    errno = before;
    if (strncmp(full, order->below, strlen(order->below))) return 0;
    int number = atomic_fetch_add(&order->count, 1) + 1;
    int length = snprintf(line, sizeof line, "%d\t%s\t%s\t%s\n", number, name, apart ? "apart" : "main", full);
    int log = syscall(SYS_openat, AT_FDCWD, order->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    syscall(SYS_write, log, line, length);
    syscall(SYS_close, log);
    errno = before;
    if (number != order->at) return 0;
    if (order->code) {
        errno = order->code;
        return 1;
    }
    kill(order->to_main ? order->main : getpid(), order->signal);
    errno = before;
    return 0;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

#define MAKES(flags) ((flags) & (O_CREAT | O_TRUNC))
#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

#define OPENS(function) \
    int function(const char *path, int flags, ...) { \
        MODE(flags) REAL(int, #function, const char *, int, ...); \
        return MAKES(flags) && fails(OPEN, "open", AT_FDCWD, path) ? -1 : real(path, flags, mode); \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(function) \
    int function(int folder, const char *path, int flags, ...) { \
        MODE(flags) REAL(int, #function, int, const char *, int, ...); \
        return MAKES(flags) && fails(OPEN, "open", folder, path) ? -1 : real(folder, path, flags, mode); \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return fails(WRITE, "write", file, NULL) ? -1 : real(file, data, size);
}

#define WRITES_AT(function) \
    ssize_t function(int file, const void *data, size_t size, off_t at) { \
        REAL(ssize_t, #function, int, const void *, size_t, off_t); \
        return fails(WRITE, "write", file, NULL) ? -1 : real(file, data, size, at); \
    }
WRITES_AT(pwrite)
WRITES_AT(pwrite64)

ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return fails(WRITE, "write", file, NULL) ? -1 : real(file, parts, count);
}

#define SENDS(function) \
    ssize_t function(int to, int from, off_t *at, size_t size) { \
        REAL(ssize_t, #function, int, int, off_t *, size_t); \
        return fails(WRITE, "write", to, NULL) ? -1 : real(to, from, at, size); \
    }
SENDS(sendfile)
SENDS(sendfile64)

ssize_t copy_file_range(int from, off64_t *here, int to, off64_t *there, size_t size, unsigned flags) {
    REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t, unsigned);
    return fails(WRITE, "write", to, NULL) ? -1 : real(from, here, to, there, size, flags);
}

#define TRUNCATES(function) \
    int function(int file, off_t size) { \
        REAL(int, #function, int, off_t); \
        return fails(WRITE, "write", file, NULL) ? -1 : real(file, size); \
    }
TRUNCATES(ftruncate)
TRUNCATES(ftruncate64)

#define SYNCS(function) \
    int function(int file) { \
        REAL(int, #function, int); \
        return fails(FSYNC, "fsync", file, NULL) ? -1 : real(file); \
    }
SYNCS(fsync)
SYNCS(fdatasync)

int close(int file) {
    REAL(int, "close", int);
    int flags = order && order->calls & CLOSE ? fcntl(file, F_GETFL) : -1;
    int failed = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fails(CLOSE, "close", file, NULL);
    int code = errno, result = real(file);
    if (!failed) return result;
    errno = code;
    return -1;
}

int rename(const char *old, const char *new) {
    REAL(int, "rename", const char *, const char *);
    return fails(RENAME, "rename", AT_FDCWD, new) ? -1 : real(old, new);
}

int renameat(int from, const char *old, int to, const char *new) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails(RENAME, "rename", to, new) ? -1 : real(from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return fails(RENAME, "rename", to, new) ? -1 : real(from, old, to, new, flags);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return fails(MKDIR, "mkdir", AT_FDCWD, path) ? -1 : real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(int, "mkdirat", int, const char *, mode_t);
    return fails(MKDIR, "mkdir", folder, path) ? -1 : real(folder, path, mode);
}

int link(const char *old, const char *new) {
    REAL(int, "link", const char *, const char *);
    return fails(LINK, "link", AT_FDCWD, new) ? -1 : real(old, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    return fails(LINK, "link", to, new) ? -1 : real(from, old, to, new, flags);
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    return fails(UNLINK, "unlink", AT_FDCWD, path) ? -1 : real(path);
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    return fails(UNLINK, "unlink", folder, path) ? -1 : real(folder, path, flags);
}

int rmdir(const char *path) {
    REAL(int, "rmdir", const char *);
    return fails(UNLINK, "unlink", AT_FDCWD, path) ? -1 : real(path);
}
