// Wakes a thread that sleeps in poll() on sockets: an eventfd. signal() may be called by any
// thread; clear() belongs to the one that sleeps.
#pragma once

namespace billing::worker {

class Wake {
  public:
    Wake();
    ~Wake();
    Wake(const Wake &) = delete;
    Wake &operator=(const Wake &) = delete;

    void signal() const;
    void clear() const;
    int fd() const { return fd_; }

  private:
    int fd_;
};

} // namespace billing::worker
