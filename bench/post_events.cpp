// Posts event bodies to the worker as Stripe does, on many connections that stay open, each with
// one request under way. Requests are made and signed before the clock starts.
//   post_events PORT SECRET PATH FILE MARKS [CONNECTIONS]
// An event waits from the first byte of its request to the end of its answer. Any answer but 200
// ends the run with an error.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <memory>
#include <span>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.hpp"
#include "support/bodies.hpp"
#include "support/report.hpp"
#include "webhook/hmac.hpp"

namespace {

using namespace billing;
using Clock = std::chrono::steady_clock;

std::string hexadecimal(const worker::webhook::Digest &digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const auto byte : digest) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

std::vector<std::string> make_requests(const std::vector<bench::Body> &bodies,
                                       const std::string &path, const std::string &secret) {
    std::vector<std::string> out;
    out.reserve(bodies.size());
    const auto now = std::to_string(std::time(nullptr));
    for (const auto &body : bodies) {
        const auto digest = worker::webhook::hmac_sha256(secret, {now, ".", body.text});
        out.push_back("POST " + path +
                      " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Stripe/1.0 "
                      "(+https://stripe.com/docs/webhooks)\r\nAccept: */*; q=0.5, application/xml"
                      "\r\nContent-Type: application/json; charset=utf-8\r\nStripe-Signature: t=" +
                      now + ",v1=" + hexadecimal(digest) + "\r\nContent-Length: " +
                      std::to_string(body.text.size()) + "\r\n\r\n" + body.text);
    }
    return out;
}

// One kept connection: writes a request, reads its answer.
class Sender {
  public:
    Sender(std::uint16_t port, int epoll) : epoll_(epoll), socket_(socket(AF_INET, kType, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto *where = reinterpret_cast<const sockaddr *>(&address);
        if (connect(socket_, where, sizeof address) != 0) {
            throw std::runtime_error("cannot connect to the worker");
        }
        const int yes = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = this;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event);
    }
    ~Sender() { close(socket_); }
    Sender(const Sender &) = delete;
    Sender &operator=(const Sender &) = delete;

    void start(const std::string &request) {
        request_ = request;
        answer_.clear();
        started_at_ = Clock::now();
        write();
    }

    // True once the answer is there as a whole.
    bool go_on(std::uint32_t events) {
        if ((events & EPOLLOUT) != 0) {
            write();
        }
        return (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && read();
    }

    Clock::time_point started_at() const { return started_at_; }

  private:
    static constexpr int kType = SOCK_STREAM | SOCK_CLOEXEC;

    void write() {
        const auto sent = send(socket_, request_.data(), request_.size(), MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) {
            throw std::runtime_error("the worker closed a connection");
        }
        request_.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
        const bool waits = !request_.empty();
        if (waits != waits_to_write_) {
            waits_to_write_ = waits;
            epoll_event event{};
            event.events = EPOLLIN | (waits ? EPOLLOUT : 0U);
            event.data.ptr = this;
            epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
        }
    }

    bool read() {
        std::array<char, 4096> part;
        const auto got = recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
        if (got <= 0) {
            if (got < 0 && errno == EAGAIN) {
                return false;
            }
            throw std::runtime_error("the worker closed a connection");
        }
        answer_.append(part.data(), static_cast<std::size_t>(got));
        const auto head = answer_.find("\r\n\r\n");
        if (head == std::string::npos || answer_.size() < head + 4 + content_length(head)) {
            return false;
        }
        if (answer_.compare(0, 12, "HTTP/1.1 200") != 0) {
            throw std::runtime_error("answer: " + answer_);
        }
        return true;
    }

    std::size_t content_length(std::size_t head) const {
        constexpr std::string_view kName = "Content-Length: ";
        const auto at = answer_.find(kName);
        std::size_t length = 0;
        if (at < head) {
            const auto *first = answer_.data() + at + kName.size();
            std::from_chars(first, answer_.data() + head, length);
        }
        return length;
    }

    int epoll_;
    int socket_;
    std::string_view request_;
    std::string answer_;
    bool waits_to_write_ = false;
    Clock::time_point started_at_;
};

bench::Report post(std::span<const std::string> requests, std::uint16_t port,
                   std::size_t connections) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<Sender>> senders;
    for (std::size_t i = 0; i < std::min(connections, requests.size()); ++i) {
        senders.push_back(std::make_unique<Sender>(port, epoll));
    }
    bench::Report report;
    report.waits.reserve(requests.size());
    const auto cpu = bench::own_cpu();
    const auto start = Clock::now();
    std::size_t next = 0;
    for (auto &sender : senders) {
        sender->start(requests[next++]);
    }
    while (report.events < requests.size()) {
        std::array<epoll_event, 64> ready{};
        const int count = epoll_wait(epoll, ready.data(), ready.size(), 30'000);
        if (count <= 0) {
            throw std::runtime_error("the worker does not answer");
        }
        for (const auto &event : std::span{ready}.first(static_cast<std::size_t>(count))) {
            auto &sender = *static_cast<Sender *>(event.data.ptr);
            if (!sender.go_on(event.events)) {
                continue;
            }
            report.waits.emplace_back(Clock::now() - sender.started_at());
            ++report.events;
            if (next < requests.size()) {
                sender.start(requests[next++]);
            }
        }
    }
    report.wall = Clock::now() - start;
    report.cpu = bench::own_cpu() - cpu;
    close(epoll);
    return report;
}

int run(int count, char **words) {
    const auto port = count > 1 ? worker::parse_integer<std::uint16_t>(words[1]) : std::nullopt;
    if (count < 6 || !port) {
        std::fputs("usage: post_events PORT SECRET PATH FILE MARKS [CONNECTIONS]\n", stderr);
        return 2;
    }
    const std::size_t connections = count > 6 ? std::stoul(words[6]) : 64;
    const auto requests = make_requests(bench::read_bodies(words[4], bench::split_marks(words[5])),
                                        words[3], words[2]);
    bench::print(post(requests, *port, connections));
    return 0;
}

} // namespace

int main(int count, char **words) {
    try {
        return run(count, words);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "post_events: %s\n", error.what());
        return 1;
    }
}
