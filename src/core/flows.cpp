// Arithmetic of flows: a rollup is a sum, and a correction is after minus before.
#include "core/movements.hpp"

namespace billing::core {

bool MrrFlow::is_zero() const {
    return *this == MrrFlow{};
}

MrrFlow &MrrFlow::operator+=(const MrrFlow &other) {
    new_mrr += other.new_mrr;
    reactivation += other.reactivation;
    expansion += other.expansion;
    contraction += other.contraction;
    churned += other.churned;
    trial += other.trial;
    committed += other.committed;
    customers += other.customers;
    subscriptions += other.subscriptions;
    return *this;
}

MrrFlow &MrrFlow::operator-=(const MrrFlow &other) {
    new_mrr -= other.new_mrr;
    reactivation -= other.reactivation;
    expansion -= other.expansion;
    contraction -= other.contraction;
    churned -= other.churned;
    trial -= other.trial;
    committed -= other.committed;
    customers -= other.customers;
    subscriptions -= other.subscriptions;
    return *this;
}

bool CountFlow::is_zero() const {
    return *this == CountFlow{};
}

CountFlow &CountFlow::operator+=(const CountFlow &other) {
    customers += other.customers;
    customers_churned += other.customers_churned;
    subscriptions += other.subscriptions;
    started += other.started;
    canceled += other.canceled;
    subscriptions_churned += other.subscriptions_churned;
    return *this;
}

CountFlow &CountFlow::operator-=(const CountFlow &other) {
    customers -= other.customers;
    customers_churned -= other.customers_churned;
    subscriptions -= other.subscriptions;
    started -= other.started;
    canceled -= other.canceled;
    subscriptions_churned -= other.subscriptions_churned;
    return *this;
}

void Flows::add(const Flows &other) {
    for (const auto &[key, flow] : other.mrr) {
        mrr[key] += flow;
    }
    for (const auto &[key, flow] : other.counts) {
        counts[key] += flow;
    }
}

void Flows::subtract(const Flows &other) {
    for (const auto &[key, flow] : other.mrr) {
        mrr[key] -= flow;
    }
    for (const auto &[key, flow] : other.counts) {
        counts[key] -= flow;
    }
}

void Flows::drop_zeros() {
    std::erase_if(mrr, [](const auto &entry) { return entry.second.is_zero(); });
    std::erase_if(counts, [](const auto &entry) { return entry.second.is_zero(); });
}

} // namespace billing::core
