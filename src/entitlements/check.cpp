#include "entitlements/check.hpp"

#include "entitlements/answer.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

// Without the reasons that an explanation looks for.
Checked check_grants(const pg::Uuid &organization, const pg::Uuid &customer,
                     const std::string &feature_key, int64_t quantity, core::Instant now) {
    const pg::EnginePlanning planning;
    const Question question{organization, customer, now, quantity, pg::Access::read};
    const auto answer = derive(question, feature_key);
    if (!answer) {
        return {false, 0};
    }
    const Answer weighed = weigh(*answer, counter_now(question, feature_key, *answer), quantity);
    return {weighed.allowed, weighed.remaining};
}

} // namespace

Checked check(const pg::Uuid &organization, const pg::Uuid &customer,
              const std::string &feature_key, int64_t quantity) {
    if (!probe_is_ready()) {
        const pg::Spi spi;
        tenancy::require_schema();
        prepare_probe();
    }
    const core::Instant now = pg::transaction_start();
    const Probe probe = probe_access(organization, customer, feature_key, quantity, now);
    if (probe.verdict != Verdict::unsettled) {
        return {probe.verdict == Verdict::allowed, probe.remaining};
    }
    const pg::Spi spi;
    return check_grants(organization, customer, feature_key, quantity, now);
}

int64_t checked_quantity(int64_t quantity) {
    if (quantity < 0) {
        throw pg::invalid("quantity", "must be at least 0");
    }
    return quantity;
}

} // namespace billing::entitlements
