// The balances of one customer's feature, locked, and the credits that pay beside them: takes,
// gives back, and stores what changed, with its records.
//
// Needs an open Spi in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/answer.hpp"
#include "entitlements/claim.hpp"
#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

// What is promised: so much of the feature, or of the credits that pay for it.
struct Promise {
    std::string feature_key;
    int64_t amount = 0;
};

class Till {
  public:
    // Claims the credits too, where there are some.
    Till(const UsageRequest &request, Claim own, core::Instant now);

    // Decides in memory; store() makes it last. A promised quantity is granted whatever remains.
    UsageAnswer take();
    UsageAnswer give_back();
    // What a record of this says, also of a denial.
    Entry entry() const { return entry_of(own_, means_.own); }
    // Nothing taken: what there is.
    UsageAnswer look(bool allowed, std::string reason) const;
    // False: the request's key is taken by now, and nothing was stored.
    bool store(const UsageAnswer &answer);

    // Promises a quantity until it expires, of the own balances or of the credits; empty: there is
    // not so much beside what is promised already.
    std::optional<Promise> promise(int64_t quantity, core::Instant expires_at);
    // Ends a promise that stands; what it promised can be taken again.
    void end_promise(const Promise &promised);
    // Where nothing was taken.
    void store_promises();

  private:
    struct Drawer {
        AccessKey key;
        AccessRow row;
        std::vector<core::Balance> before;
        std::vector<core::Balance> now;
        bool promised = false; // something is, or was
    };

    void open_credits(Question question);
    bool take_credits();
    int64_t give_back_credits(int64_t quantity);
    int64_t credits_taken() const;
    void store_credits(const pg::Uuid &record);
    void store_drawer(Drawer &drawer, Account &account, const pg::Uuid &record);
    Entry entry_of(const Drawer &drawer, const Account &account) const;

    UsageRequest request_;
    core::Instant now_;
    Means means_; // the accounts, as they were opened
    Drawer own_;
    std::optional<Drawer> credits_;
};

} // namespace billing::entitlements
