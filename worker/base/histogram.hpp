// Counts observations in fixed buckets, without a lock. One writer or many; a reader may see a sum
// that is one observation ahead of its buckets.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace billing::worker {

template <std::size_t N>
class Histogram {
  public:
    explicit constexpr Histogram(const std::array<double, N> &bounds) : bounds_(bounds) {}

    void observe(double value) {
        std::size_t bucket = 0;
        while (bucket < N && value > bounds_[bucket]) {
            ++bucket;
        }
        counts_[bucket].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }

    const std::array<double, N> &bounds() const { return bounds_; }
    // The count of one bucket alone; bucket N holds what is above the last bound.
    std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(); }
    double sum() const { return sum_.load(); }

  private:
    std::array<double, N> bounds_;
    std::array<std::atomic<std::uint64_t>, N + 1> counts_{};
    std::atomic<double> sum_{0};
};

} // namespace billing::worker
