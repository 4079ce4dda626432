#include "entitlements/check.hpp"

#include "entitlements/answer.hpp"
#include "entitlements/nothing_held.hpp"
#include "pg/as_owner.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

// Without the reasons that an explanation looks for.
Checked check_grants(const pg::Uuid &organization, const pg::Uuid &customer,
                     const std::string &feature_key, int64_t quantity, core::Instant now) {
    const pg::EnginePlanning planning;
    const Question question{organization, customer, now, quantity, pg::Access::read, false};
    const auto answer = find_answer(question, feature_key);
    return answer ? Checked{answer->allowed, answer->remaining} : Checked{false, 0};
}

} // namespace

Checked check(const pg::Uuid &organization, const pg::Uuid &customer, std::string_view feature_key,
              int64_t quantity, Want want) {
    if (!probe_is_ready() || !holdings_are_ready()) {
        const pg::AsOwner owner;
        const pg::Spi spi;
        tenancy::require_schema();
        prepare_probe();
        prepare_holdings();
    }
    const core::Instant now = pg::transaction_start();
    const Probe probe = probe_access(organization, customer, feature_key, quantity, now, want);
    if (probe.verdict != Verdict::unsettled) {
        return {probe.verdict == Verdict::allowed, probe.remaining};
    }
    if (!probe.found && holds_nothing(organization, customer, feature_key, probe.at)) {
        return {false, 0};
    }
    const pg::AsOwner owner;
    const pg::Spi spi;
    return check_grants(organization, customer, std::string(feature_key), quantity, probe.at);
}

int64_t checked_quantity(int64_t quantity) {
    if (quantity < 0) {
        throw pg::invalid("quantity", "must be at least 0");
    }
    return quantity;
}

} // namespace billing::entitlements
