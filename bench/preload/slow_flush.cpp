// Preloaded into a server: each flush of the write-ahead log takes BENCH_FLUSH_US microseconds
// longer, as on a disk that is slower than this machine's.

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>

extern "C" int fdatasync(int file) {
    using Flush = int (*)(int);
    static const auto flush = reinterpret_cast<Flush>(dlsym(RTLD_NEXT, "fdatasync"));
    static const char *const more = std::getenv("BENCH_FLUSH_US");
    timespec left{0, more != nullptr ? std::atol(more) * 1000 : 0};
    // Signals come often, and end a sleep.
    while (left.tv_nsec > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    return flush(file);
}
