#include "entitlements/locking_order.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace billing::entitlements {

void sort_for_locking(std::vector<AccessKey> &keys, const Credits &credits) {
    std::set<std::string_view> paying;
    for (const auto &[feature, credit] : credits) {
        paying.insert(credit.key);
    }
    const auto place = [&paying](const AccessKey &key) {
        return std::tuple(key.customer, paying.count(key.feature_key),
                          std::string_view(key.feature_key));
    };
    std::sort(keys.begin(), keys.end(),
              [&place](const AccessKey &a, const AccessKey &b) { return place(a) < place(b); });
}

} // namespace billing::entitlements
