// What a load program says when it is done: one line of JSON on its standard output.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace billing::bench {

using Seconds = std::chrono::duration<double>;

// The processor time of this process so far.
Seconds own_cpu();

struct Report {
    std::size_t events = 0;
    Seconds wall{};
    Seconds cpu{}; // of this process
    // How long each event waited; sorted by print().
    std::vector<Seconds> waits;
};

void print(Report report);

} // namespace billing::bench
