#include "core/words.hpp"

namespace billing::core {

std::string_view word_of(Interval interval) {
    switch (interval) {
    case Interval::day:
        return "day";
    case Interval::week:
        return "week";
    case Interval::month:
        return "month";
    case Interval::year:
        return "year";
    case Interval::none:
        break;
    }
    return {};
}

std::string_view word_of(PauseBehavior behavior) {
    switch (behavior) {
    case PauseBehavior::keep_as_draft:
        return "keep_as_draft";
    case PauseBehavior::mark_uncollectible:
        return "mark_uncollectible";
    case PauseBehavior::void_:
        return "void";
    case PauseBehavior::none:
        break;
    }
    return {};
}

std::string_view word_of(CouponDuration duration) {
    switch (duration) {
    case CouponDuration::once:
        return "once";
    case CouponDuration::repeating:
        return "repeating";
    case CouponDuration::forever:
        break;
    }
    return {};
}

std::string_view word_of(TiersMode mode) {
    switch (mode) {
    case TiersMode::graduated:
        return "graduated";
    case TiersMode::volume:
        return "volume";
    case TiersMode::none:
        break;
    }
    return {};
}

} // namespace billing::core
