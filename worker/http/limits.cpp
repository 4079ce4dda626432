#include "http/limits.hpp"

namespace billing::worker::http {

SteadyTime phase_deadline(const Limits &limits, Phase phase, SteadyTime now) {
    switch (phase) {
    case Phase::connected:
    case Phase::head:
        return now + limits.header_timeout;
    case Phase::body:
    case Phase::answering:
        return now + limits.body_timeout;
    case Phase::idle:
        return now + limits.idle_timeout;
    case Phase::waiting:
        break;
    }
    return SteadyTime::max();
}

BodyVerdict judge_body(const Limits &limits, std::int64_t received) {
    constexpr std::int64_t kPatience = 4;
    if (received <= limits.max_body_bytes) {
        return BodyVerdict::keep;
    }
    return received <= kPatience * limits.max_body_bytes ? BodyVerdict::discard_too_large
                                                         : BodyVerdict::cut;
}

bool Budget::take(std::int64_t bytes) {
    if (held_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= ceiling_) {
        return true;
    }
    give_back(bytes);
    return false;
}

} // namespace billing::worker::http
