// Turns successive states of one subscription into rows: only differences are written.
#pragma once

#include "core/timeline.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace billing::core {

// What caused a row.
struct Cause {
    const std::string *event_id = nullptr;
    int16_t rank = 0;
};

// The amounts of one price. The ids belong to a version and are not copied.
struct PriceLevel {
    const std::string *price = nullptr;
    const std::string *product = nullptr;
    std::string currency;
    Amounts amounts;
};

// The seats of one product.
struct Seats {
    const std::string *product = nullptr;
    int64_t quantity = 0;
};

class Recorder {
  public:
    explicit Recorder(Timeline &out) : out_(out) {}

    // `levels` ordered by price and currency, without zero rows. `reason` is asked for only if a
    // row is written.
    template <typename Reason>
    void record_levels(Instant at, const Cause &cause, std::vector<PriceLevel> levels,
                       const Reason &reason) {
        const size_t first = out_.changes.size();
        diff(at, cause, levels);
        if (out_.changes.size() > first) {
            const std::string_view why = reason();
            for (size_t i = first; i < out_.changes.size(); ++i) {
                out_.changes[i].reason = why;
            }
        }
        levels_ = std::move(levels);
    }

    void record_status(StatusChange status);

    // `seats` without repeated products; empty where no access is given.
    void record_access(Instant at, const Cause &cause, const std::vector<Seats> &seats);

    // Puts the rows into their promised order.
    void finish();

  private:
    void diff(Instant at, const Cause &cause, const std::vector<PriceLevel> &levels);
    void write(Instant at, const Cause &cause, const PriceLevel &named, const Amounts &before,
               const Amounts &after);

    Timeline &out_;
    std::vector<PriceLevel> levels_;
    std::vector<size_t> open_; // access intervals without an end, by index
};

} // namespace billing::core
