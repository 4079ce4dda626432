// An organization's settings by their names: how set_analytics() reads them, how they are stored,
// and how get_analytics() tells them. What they mean is core/settings.hpp's.
#pragma once

#include "core/settings.hpp"
#include "pg/spi.hpp"
#include "stripe/shapes/json.hpp"

namespace billing::tenancy {

struct Setting {
    std::string_view name;
    std::optional<std::string> value;         // empty: NULL
    std::optional<std::string> default_value; // the same
    std::string allowed;                      // what may be set, for people
};

// These need an open Spi and run in a definer function.

// Every setting of the organization, in the order of their names.
std::vector<Setting> settings_of(const pg::Uuid &organization, pg::Access access);

// Sets what a JSON object names; null stands for the default. Throws validation_failed naming every
// key that is not acceptable, also one that this version does not know. The caller holds the lane.
void change_settings(const pg::Uuid &organization, const simdjson::dom::object &patch);

// From the columns discounts, pause, churn_at, limits, week_starts and both graces in microseconds.
core::Settings settings_of(const pg::Row &row, int first);

// How the limits of several subscriptions add up; whoever resolves access asks after the lock of
// the customer, as a change of the setting comes to every customer in turn.
core::LimitPolicy limits_of(const pg::Uuid &organization, pg::Access access);
core::LimitPolicy limits_at(const pg::Uuid &organization, core::Instant at, pg::Access access);

} // namespace billing::tenancy
