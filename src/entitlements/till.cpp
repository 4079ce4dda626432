#include "entitlements/till.hpp"

#include "core/credits.hpp"
#include "entitlements/alerts.hpp"
#include "entitlements/overrides.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

int64_t used_of(const std::vector<core::Balance> &balances) {
    return core::totals(balances).used;
}

// Of one balance in the list, or of the pool, whose id is nil.
int64_t used_of(const std::vector<core::Balance> &balances, const pg::Uuid &id) {
    const auto found =
        std::find_if(balances.begin(), balances.end(),
                     [&id](const core::Balance &balance) { return balance.id == id.bytes; });
    return found == balances.end() ? 0 : found->used;
}

} // namespace

Till::Till(const UsageRequest &request, Claim own, core::Instant now)
    : request_(request), now_(now) {
    own_.key = request.key();
    own_.row = std::move(own.row);
    own_.promised = own_.row.holds.total > 0;
    means_.own =
        open_account(request.organization, own_.key, own.answer, own_.row, now, pg::Access::write);
    means_.prepaid = own_.row.prepaid;
    own_.before = own_.now = means_.own.balances();
    if (own.answer.credit) {
        open_credits({request.organization, request.customer, now, 0, pg::Access::write, false});
    }
}

void Till::open_credits(Question question) {
    const std::string &key = means_.own.answer.credit->key;
    const AccessKey access{request_.customer, key};
    const auto row = lock_row(request_.organization, access);
    question.at = std::max(question.at, present(row));
    auto claimed = claim(question, key, row);
    if (!claimed || claimed->answer.kind != Kind::metered) {
        return;
    }
    means_.credits = open_account(request_.organization, access, claimed->answer, claimed->row,
                                  now_, pg::Access::write);
    Drawer drawer{access, std::move(claimed->row), means_.credits->balances(), {}, true};
    drawer.now = drawer.before;
    credits_ = std::move(drawer);
}

UsageAnswer Till::look(bool allowed, std::string reason) const {
    Means after = means_;
    after.own.take_over(own_.now);
    after.prepaid = own_.row.prepaid;
    if (credits_) {
        after.credits->take_over(credits_->now);
    }
    const core::Totals totals = after.own_totals();
    UsageAnswer out;
    out.allowed = allowed;
    out.reason = std::move(reason);
    out.used = totals.used;
    out.remaining = remaining_of(totals, after);
    out.overage = totals.overage;
    out.period = after.own.period();
    return out;
}

UsageAnswer Till::take() {
    const int64_t quantity = request_.quantity;
    const bool enough =
        core::allows(core::totals(own_.now, means_.own.held), quantity, core::Overage::reject);
    if (!enough && means_.credits_allow(quantity) && take_credits()) {
        UsageAnswer out = look(true, "credits");
        out.granted = quantity;
        return out;
    }
    const core::Overage overage =
        request_.promised ? core::Overage::allow : means_.own.answer.overage;
    const core::Consumption taken = core::consume(own_.now, means_.own.held, quantity, overage);
    UsageAnswer out = look(taken.allowed, means_.own.answer.source);
    out.granted = taken.granted;
    if (!taken.allowed) {
        out.reason = "quota_exceeded";
    } else if (taken.granted < quantity) {
        out.reason = "capped";
    } else if (!enough) {
        out.reason = "overage";
    }
    return out;
}

bool Till::take_credits() {
    const core::CreditPayment paid =
        core::pay(request_.quantity, means_.own.answer.credit->cost, own_.row.prepaid);
    const core::Overage overage =
        request_.promised ? core::Overage::allow : means_.credits->answer.overage;
    if (paid.credits > 0 &&
        !core::consume(credits_->now, means_.credits->held, paid.credits, overage).allowed) {
        return false;
    }
    own_.row.prepaid = paid.prepaid;
    own_.row.credit_units = core::checked_sum(own_.row.credit_units, request_.quantity);
    return true;
}

// Answers how many units were given back.
int64_t Till::give_back_credits(int64_t quantity) {
    if (!credits_) {
        return 0;
    }
    // What the credits counted in an earlier period cannot come back to this one.
    const int64_t still_counted =
        core::units_for(used_of(credits_->now), means_.own.answer.credit->cost, {});
    const int64_t units = std::min({quantity, own_.row.credit_units, still_counted});
    if (units <= 0) {
        return 0;
    }
    const core::CreditPayment back =
        core::pay_back(units, means_.own.answer.credit->cost, own_.row.prepaid);
    if (back.credits > 0) {
        core::give_back(credits_->now, back.credits);
    }
    own_.row.prepaid = back.prepaid;
    own_.row.credit_units -= units;
    return units;
}

UsageAnswer Till::give_back() {
    const int64_t quantity = -request_.quantity;
    int64_t returned = -core::give_back(own_.now, quantity).granted;
    returned += give_back_credits(quantity - returned);
    UsageAnswer out = look(returned > 0, returned == quantity ? "returned" : "capped");
    if (returned == 0) {
        out.reason = "nothing_used";
    }
    out.granted = -returned;
    return out;
}

std::optional<Promise> Till::promise(int64_t quantity, core::Instant expires_at) {
    const auto hold = [&](Drawer &drawer, Account &account, int64_t amount) {
        account.held = core::checked_sum(account.held, amount);
        drawer.row.holds = {account.held, std::min(drawer.row.holds.until, expires_at)};
        drawer.promised = true;
        return Promise{drawer.key.feature_key, amount};
    };
    const core::Totals own = core::totals(own_.now, means_.own.held);
    if (core::allows(own, quantity, core::Overage::reject)) {
        return hold(own_, means_.own, quantity);
    }
    if (means_.credits_allow(quantity)) {
        const auto paid = core::pay(quantity, means_.own.answer.credit->cost, own_.row.prepaid);
        return hold(*credits_, *means_.credits, paid.credits);
    }
    return means_.own.answer.overage == core::Overage::allow
               ? std::optional(hold(own_, means_.own, quantity))
               : std::nullopt;
}

void Till::end_promise(const Promise &promised) {
    const bool own = promised.feature_key == own_.key.feature_key;
    if (!own && (!credits_ || promised.feature_key != credits_->key.feature_key)) {
        return; // credits that do not pay any more
    }
    Account &account = own ? means_.own : *means_.credits;
    Holds &holds = own ? own_.row.holds : credits_->row.holds;
    account.held = std::max<int64_t>(account.held - promised.amount, 0);
    holds = account.held == 0 ? Holds{} : Holds{account.held, holds.until};
}

Entry Till::entry_of(const Drawer &drawer, const Account &account) const {
    Account after = account;
    after.take_over(drawer.now);
    Entry entry;
    entry.pooled = used_of(drawer.now, {}) - used_of(drawer.before, {});
    entry.pool = after.pool;
    const core::Totals totals = core::totals(drawer.now);
    entry.quota = totals.quota;
    entry.overage = totals.overage;
    entry.period = after.period();
    return entry;
}

void Till::store_drawer(Drawer &drawer, Account &account, const pg::Uuid &record) {
    account.take_over(drawer.now);
    drawer.row.counter = account.pool;
    raise_alerts(request_.organization, drawer.key, account, core::totals(drawer.before),
                 core::totals(drawer.now), now_);
    if (drawer.row.extra == 0 && account.overrides.empty() && !drawer.promised &&
        !account.answer.credit) {
        update_counter(request_.organization, drawer.key, drawer.row.counter);
        return;
    }
    for (const Override &one : account.overrides) {
        const int64_t taken = one.balance.used - used_of(drawer.before, one.id);
        if (taken != 0) {
            store_balance(request_.organization, one);
            append_burn(request_.organization, record, one, taken, now_);
        }
    }
    drawer.row.extra = account.extra();
    if (drawer.row.holds.total > 0 && now_ >= drawer.row.holds.until) {
        drawer.row.holds = load_holds(request_.organization, drawer.key, now_, pg::Access::write);
    }
    update_counters(request_.organization, drawer.key, drawer.row);
}

// Nothing was taken, so no record is named.
void Till::store_promises() {
    store_drawer(own_, means_.own, {});
    if (credits_) {
        store_drawer(*credits_, *means_.credits, {});
    }
}

int64_t Till::credits_taken() const {
    return credits_ ? used_of(credits_->now) - used_of(credits_->before) : int64_t{0};
}

// What was taken from the credits, or given back, has a record of its own.
void Till::store_credits(const pg::Uuid &record) {
    const UsageRequest request{request_.organization, request_.customer, credits_->key.feature_key,
                               credits_taken(), std::nullopt};
    UsageAnswer answer;
    answer.granted = request.quantity;
    append_record(record, request, answer, entry_of(*credits_, *means_.credits), now_);
    store_drawer(*credits_, *means_.credits, record);
}

bool Till::store(const UsageAnswer &answer) {
    Entry entry = this->entry();
    const pg::Uuid record = pg::new_uuid();
    if (credits_taken() != 0) {
        entry.paid_by = pg::new_uuid();
    }
    if (own_.row.prepaid != means_.prepaid) {
        entry.prepaid = own_.row.prepaid;
    }
    if (!append_record(record, request_, answer, entry, now_)) {
        return false;
    }
    if (entry.paid_by) {
        store_credits(*entry.paid_by);
    }
    store_drawer(own_, means_.own, record);
    return true;
}

} // namespace billing::entitlements
