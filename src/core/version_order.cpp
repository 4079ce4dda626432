// The order of a subscription's versions: a pure function of their set.
#include "core/timeline.hpp"

#include <algorithm>
#include <tuple>

namespace billing::core {
namespace {

// The last two only break ties between copies that should not exist.
auto arrival_free_key(const Version &version) {
    return std::tie(version.rank, version.event_id, version.source, version.own);
}

bool earlier(const Version &a, const Version &b) {
    return a.created != b.created ? a.created < b.created
                                  : arrival_free_key(a) < arrival_free_key(b);
}

using Remaining = std::vector<const Version *>; // ordered by arrival_free_key

// Whether another one of them leads to `version`, so that it cannot come first.
bool is_successor(const Version &version, const Remaining &remaining) {
    return version.previous && std::any_of(remaining.begin(), remaining.end(), [&](const auto *v) {
               return v != &version && v->own == *version.previous && v->own != version.own;
           });
}

// The next in the chain that starts at `state`; without one the first that follows nobody.
size_t next_in_chain(const Remaining &remaining, const std::optional<uint64_t> &state) {
    std::optional<size_t> unchanged;
    for (size_t i = 0; state && i < remaining.size(); ++i) {
        if (remaining[i]->previous != state) {
            continue;
        }
        if (remaining[i]->own != *state) {
            return i;
        }
        unchanged = unchanged.value_or(i);
    }
    if (unchanged) {
        return *unchanged;
    }
    for (size_t i = 0; i < remaining.size(); ++i) {
        if (!is_successor(*remaining[i], remaining)) {
            return i;
        }
    }
    return 0;
}

void order_one_instant(std::vector<Version>::iterator first, std::vector<Version>::iterator last,
                       std::optional<uint64_t> state) {
    Remaining remaining;
    for (auto version = first; version != last; ++version) {
        remaining.push_back(&*version);
    }
    std::vector<Version> ordered;
    ordered.reserve(remaining.size());
    std::vector<const Version *> chosen;
    while (!remaining.empty()) {
        const size_t next = next_in_chain(remaining, state);
        state = remaining[next]->own;
        chosen.push_back(remaining[next]);
        remaining.erase(remaining.begin() + static_cast<std::ptrdiff_t>(next));
    }
    for (const Version *version : chosen) {
        ordered.push_back(std::move(first[version - &*first]));
    }
    std::move(ordered.begin(), ordered.end(), first);
}

} // namespace

void sort_versions(std::vector<Version> &versions) {
    if (!std::is_sorted(versions.begin(), versions.end(), earlier)) {
        std::sort(versions.begin(), versions.end(), earlier);
    }
    for (auto first = versions.begin(); first != versions.end();) {
        const auto last = std::find_if(first, versions.end(), [&](const Version &version) {
            return version.created != first->created;
        });
        if (last - first > 1) {
            const auto state =
                first == versions.begin() ? std::nullopt : std::optional(std::prev(first)->own);
            order_one_instant(first, last, state);
        }
        first = last;
    }
}

} // namespace billing::core
