// Alerts: a customer's usage of a feature reached a threshold of its quota, once in each period.
//
// All need an open Spi in a definer function, under EnginePlanning.
#pragma once

#include "core/thresholds.hpp"
#include "entitlements/account.hpp"

namespace billing::entitlements {

// Those of the feature, else of the organization, else 80 and 100. They are not kept: what reads
// them is rare (core::crosses_percent), and must not hold older ones.
// Without a statement; the tables are to be known.
bool thresholds_are_ready();
void prepare_thresholds();
core::Percents thresholds_at_once(const pg::Uuid &organization, const std::string &feature_key);
core::Percents load_thresholds(const pg::Uuid &organization, const std::string &feature_key,
                               pg::Access access);
// No value: the default again. Throws validation_failed, and not_found for an unknown feature.
void set_thresholds(const pg::Uuid &organization, const std::optional<std::string> &feature_key,
                    const std::optional<core::Percents> &percents);

// Writes the alerts of a consumption, under the lock of the account's row; `after` are the totals
// that the account has now. Next to nothing where no whole percent is crossed.
void raise_alerts(const pg::Uuid &organization, const AccessKey &key, const Account &account,
                  const core::Totals &before, const core::Totals &after, core::Instant now);

// Of a pool that took back what it had lent: what slots had used together is seen only now. They
// were lent less than what reaches a threshold, unless it was set at the same time.
void raise_alerts_of_pool(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row,
                          int64_t before, core::Instant now);

} // namespace billing::entitlements
