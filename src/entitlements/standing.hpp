// One customer's whole standing in some features at an instant, read once: what is held, what that
// resolves to, and the counters.
//
// These need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/account.hpp"
#include "entitlements/holdings.hpp"

namespace billing::entitlements {

// The question: one customer, or none where the reference is unknown.
struct Question {
    pg::Uuid organization;
    std::optional<pg::Uuid> customer;
    core::Instant at = 0;
    int64_t quantity = 1;
    pg::Access access = pg::Access::read;
    bool past = false;           // an earlier instant: what the log tells, and not the counters
    customers::Whose whose = {}; // of the past: the customer of that time
};

// A question as of now(), the start of the transaction, is one about the present of the feature
// (present.hpp), as for check_access: both see the same snapshot, and must agree.
void ask_of_present(Question &question, const std::string &feature_key);

// Of the customer that the reference named then.
void ask_of_past(Question &question, const std::string &reference);

struct Standing {
    bool known = false; // the customer
    Holder holder;
    Credits credits;
    Resolutions resolutions;
    AccessRows rows; // with the counters as they are now; none, where the question is of the past

    const Resolution *answer_of(const std::string &key) const;
    const AccessRow *row_of(const pg::Uuid &customer, const std::string &key) const;
};

// Of these features, and what pays for them; of all where none are named.
Standing load_standing(const Question &question, const Keys &keys);

// The same of all features together, each at its own present: what stands since the question's
// instant or longer is asked about at that, and the rest once more, at the time of day.
class Standings {
  public:
    // The question is one as of now(), and `keys` are those of all features.
    Standings(const Question &question, const Keys &keys);

    struct Asked {
        Question question;
        Standing standing;
    };
    const Asked &of(const std::string &key) const { return is_newer(key) ? newer_ : asked_; }

  private:
    bool is_newer(const std::string &key) const;

    Asked asked_;
    Asked newer_;
};

// The account behind an answer of the standing.
Account account_of(const Question &question, const Standing &standing, const std::string &key,
                   const Resolution &answer);
// The account that is kept where nothing can be used, with the pool alone; empty: there is none.
std::optional<Account> kept_account(const Question &question, const Standing &standing,
                                    const std::string &key);

} // namespace billing::entitlements
