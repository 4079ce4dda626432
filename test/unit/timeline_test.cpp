#include "core/timeline.hpp"

#include "timeline_support.hpp"

#include <gtest/gtest.h>

namespace billing::core {
namespace {

using namespace test;

// ---- which version holds when ----

TEST(Timeline, NothingKnownIsAnEmptyHistory) {
    const Timeline timeline = history({});
    EXPECT_TRUE(timeline.changes.empty());
    EXPECT_TRUE(timeline.statuses.empty());
    EXPECT_TRUE(timeline.access.empty());
}

TEST(Timeline, LateEventCorrectsWhatFollows) { // R0
    const Version january = version(kJan, "e1", monthly("5000"), kCreated);
    const Version february = version(kFeb, "e2", monthly("6000"));
    const Version march = version(kMar, "e3", monthly("8000"));
    EXPECT_EQ(ledger(history({january, march})),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-03-01 a 5000>8000 updated e3"}));
    EXPECT_EQ(ledger(history({january, march, february})),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-02-01 a 5000>6000 updated e2",
                     "2024-03-01 a 6000>8000 updated e3"}));
}

TEST(Timeline, FirstHeardOfInServiceHasBeenSoSinceItsStart) {
    const Timeline timeline = history({version(kMar, "e1", starting(monthly("5000"), kJan))});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-01 a 0>5000 started e1"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 active se-"}));
    EXPECT_EQ(access(timeline), (Lines{"prod_a x1 2024-01-01..never"}));
}

TEST(Timeline, EarlierEventTakesOverTheStart) {
    const Version late = version(kMar, "e2", starting(monthly("5000"), kJan));
    const Version early = version(kFeb, "e1", starting(monthly("4000", "incomplete"), kJan));
    EXPECT_EQ(ledger(history({late, early})), (Lines{"2024-03-01 a 0>5000 started e2"}));
}

TEST(Timeline, FutureStartCountsFromItsStartDate) {
    const Timeline timeline =
        history({version(kJan, "e1", starting(monthly("5000"), kMar), kCreated),
                 version(kFeb, "e2", starting(monthly("6000"), kMar))});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-03-01 a 0>6000 started e2"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-03-01 active se-"}));
}

TEST(Timeline, OnlyTheLastOfOneInstantIsARow) {
    Version created = version(kJan, "e2", monthly("5000"), kCreated);
    Version updated = version(kJan, "e1", monthly("8000"), kUpdated);
    updated.previous = created.own;
    EXPECT_EQ(ledger(history({updated, created})), (Lines{"2024-01-01 a 0>8000 started e1"}));
}

TEST(Timeline, TrialCountsOnlyWhenAnEventSaysSo) { // T0
    SubscriptionSnapshot trial = starting(monthly("5000", "trialing"), kJun);
    trial.trial_end = utc(2024, 6, 30, 23, 50);
    SubscriptionSnapshot active = trial;
    active.status = "active";
    const Timeline timeline = history(
        {version(kJun, "e1", trial, kCreated), version(utc(2024, 7, 1, 0, 20), "e2", active)});
    EXPECT_EQ(amounts(timeline), (Lines{"2024-06-01 0/5000/0 trial_started",
                                        "2024-07-01 5000/0/5000 trial_converted"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-06-01 trialing -e-", "2024-07-01 active se-"}));
    EXPECT_EQ(access(timeline), (Lines{"prod_a x1 2024-06-01..never"}));
}

// ---- backfill ----

Version listed(Instant fetched, SubscriptionSnapshot snapshot) {
    Version made = version(fetched, "backfill", std::move(snapshot));
    made.source = VersionSource::backfill;
    return made;
}

TEST(Timeline, BackfillCountsSinceTheStartAtTodaysPrice) { // B1
    const Timeline timeline = history({listed(kJun, starting(monthly("8000"), utc(2024, 1, 5)))});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-05 a 0>8000 backfill backfill"}));
}

TEST(Timeline, LaterEventsTakeOverFromABackfill) {
    const SubscriptionSnapshot snapshot = starting(monthly("8000"), utc(2024, 1, 5));
    SubscriptionSnapshot dearer = snapshot;
    dearer.items[0].quantity = 2;
    EXPECT_EQ(ledger(history({listed(kJun, snapshot), version(kJul, "e1", dearer)})),
              (Lines{"2024-01-05 a 0>8000 backfill backfill",
                     "2024-07-01 a 8000>16000 quantity_changed e1"}));
}

TEST(Timeline, BackfillOfAnEndedSubscriptionHasBothEnds) {
    const Timeline timeline =
        history({listed(kJun, ended(starting(monthly("8000"), utc(2024, 1, 5)), kMar))});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-05 a 0>8000 backfill backfill",
                                       "2024-03-01 a 8000>0 canceled backfill"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-01-05 active se-", "2024-03-01 canceled --x"}));
    EXPECT_EQ(access(timeline), (Lines{"prod_a x1 2024-01-05..2024-03-01"}));
}

TEST(Timeline, BackfillStartsPayingWhenItsTrialEnded) {
    SubscriptionSnapshot snapshot = starting(monthly("8000"), utc(2024, 1, 5));
    snapshot.trial_end = utc(2024, 2, 4);
    EXPECT_EQ(amounts(history({listed(kJun, snapshot)})),
              (Lines{"2024-01-05 0/8000/0 backfill", "2024-02-04 8000/0/8000 trial_converted"}));
    EXPECT_EQ(amounts(history({listed(kJun, ended(snapshot, utc(2024, 1, 20)))})),
              (Lines{"2024-01-05 0/8000/0 backfill", "2024-01-20 0/0/0 canceled"}))
        << "it ended inside of its trial";
}

TEST(Timeline, BackfillThatExpiredNeverBegan) {
    const Timeline timeline =
        history({listed(kJun, ended(monthly("8000"), kFeb, "incomplete_expired"))});
    EXPECT_TRUE(timeline.changes.empty());
    EXPECT_TRUE(timeline.access.empty());
    EXPECT_EQ(standings(timeline), (Lines{"2024-02-01 incomplete_expired --x"}));
}

// ---- the end ----

TEST(Timeline, ScheduledEndKeepsMrrAndTakesCommittedMrr) { // S1
    SubscriptionSnapshot ending = monthly("5000");
    ending.ends_at = kJul;
    ending.canceled_at = utc(2024, 6, 10);
    const std::vector<Version> versions = {version(kJan, "e1", monthly("5000"), kCreated),
                                           version(utc(2024, 6, 10), "e2", ending),
                                           version(kJul, "e3", ended(ending, kJul), kDeleted)};
    EXPECT_EQ(amounts(history(versions)),
              (Lines{"2024-01-01 5000/0/5000 started", "2024-06-10 5000/0/0 cancel_requested",
                     "2024-07-01 0/0/0 canceled"}));
    EXPECT_EQ(access(history(versions)), (Lines{"prod_a x1 2024-01-01..2024-07-01"}));
}

TEST(Timeline, ChurnAtRequestReturnsWhenTheRequestIsWithdrawn) { // S1
    SubscriptionSnapshot ending = monthly("5000");
    ending.ends_at = kJul;
    Settings settings;
    settings.churn_at = ChurnAt::request;
    const Timeline timeline = history({version(kJan, "e1", monthly("5000"), kCreated),
                                       version(utc(2024, 6, 10), "e2", ending),
                                       version(utc(2024, 6, 20), "e3", monthly("5000"))},
                                      settings);
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-10 a 5000>0 cancel_requested e2",
                     "2024-06-20 a 0>5000 cancel_withdrawn e3"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 active se-"})) << "access goes on";
}

TEST(Timeline, EndedAtIsTheEndAndNotTheRequest) { // S3
    SubscriptionSnapshot gone = ended(monthly("5000"), kJul);
    gone.canceled_at = utc(2024, 6, 10);
    const Timeline timeline = history({version(kJan, "e1", monthly("5000"), kCreated),
                                       version(utc(2024, 7, 3), "e2", gone, kDeleted)});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-07-01 a 5000>0 canceled e2"}));
}

TEST(Timeline, EndWithoutEndedAtIsDatedByItsEvent) {
    const Timeline timeline = history({version(kJan, "e1", monthly("5000"), kCreated),
                                       version(kJul, "e2", monthly("5000", "canceled"), kDeleted)});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-07-01 a 5000>0 canceled e2"}));
}

TEST(Timeline, EndCutsWhateverWasSaidForLater) {
    const Timeline timeline = history(
        {version(kJan, "e1", monthly("5000"), kCreated), version(kJun, "e2", monthly("7000")),
         version(kJul, "e3", ended(monthly("7000"), kMar), kDeleted)});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-03-01 a 5000>0 canceled e3"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 active se-", "2024-03-01 canceled --x"}));
}

TEST(Timeline, DeletedSubscriptionNeverReopens) {
    const Timeline timeline = history({version(kJan, "e1", monthly("5000"), kCreated),
                                       version(kMar, "e2", ended(monthly("5000"), kMar), kDeleted),
                                       version(kJun, "e3", monthly("9000"))});
    EXPECT_EQ(mrr_at(timeline, kJul), Decimal());
    EXPECT_EQ(timeline.versions[timeline.current].event_id, "e2");
    EXPECT_EQ(timeline.statuses.size(), 2U);
}

TEST(Timeline, SnapshotAfterTheDeletionIsIgnoredEvenBeforeTheEnd) {
    const Timeline timeline = history({version(kJan, "e1", monthly("5000"), kCreated),
                                       version(kFeb, "e2", ended(monthly("5000"), kJun), kDeleted),
                                       version(kMar, "e3", monthly("9000"))});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-01 a 5000>0 canceled e2"}));
}

TEST(Timeline, RefetchedEndDoesNotEraseTheTimeUpToIt) {
    // The snapshot was fetched for an event of February, and told an end in June.
    Version refetched = version(kFeb, "e2r", ended(monthly("6000"), kJun));
    refetched.source = VersionSource::refetch;
    const Timeline timeline = history({version(kJan, "e1", monthly("5000"), kCreated), refetched,
                                       version(kMar, "e3", monthly("6000"))});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-03-01 a 5000>6000 updated e3",
                     "2024-06-01 a 6000>0 canceled e2r"}));
}

TEST(Timeline, FirstHeardOfAtItsEndNeverPaid) {
    const Timeline timeline =
        history({version(kJul, "e1", ended(starting(monthly("5000"), kJan), kJul), kDeleted)});
    EXPECT_TRUE(timeline.changes.empty());
    EXPECT_EQ(standings(timeline), (Lines{"2024-07-01 canceled --x"}));
}

TEST(Timeline, DeletedCustomerEndsTheSubscriptionUntilItsOwnEndIsKnown) {
    TimelineInput input;
    input.versions = {version(kJan, "e1", monthly("5000"), kCreated)};
    input.customer_deleted = {utc(2024, 6, 5), "e_customer"};
    const Timeline timeline = derive(input, {}, {});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-01 a 0>5000 started e1",
                                       "2024-06-05 a 5000>0 customer_deleted e_customer"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 active se-", "2024-06-05 canceled --x"}));
    EXPECT_EQ(timeline.current, 0U);

    input.versions.push_back(version(kJul, "e2", ended(monthly("5000"), kJun), kDeleted));
    EXPECT_EQ(ledger(derive(input, {}, {})),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-01 a 5000>0 canceled e2"}));
}

// ---- the status gate ----

TEST(Timeline, FailingCardRunsThroughPastDueAndUnpaid) { // S2, S5
    const std::vector<Version> versions = {
        version(kJan, "e1", monthly("5000"), kCreated),
        version(kJun, "e2", monthly("5000", "past_due")),
        version(utc(2024, 6, 22), "e3", monthly("5000", "unpaid")),
        version(utc(2024, 8, 2), "e4", monthly("5000"))};
    const Timeline timeline = history(versions);
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-22 a 5000>0 unpaid e3",
                     "2024-08-02 a 0>5000 recovered e4"}));
    EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 active se-", "2024-06-01 past_due se-",
                                          "2024-06-22 unpaid ---", "2024-08-02 active se-"}));
    EXPECT_EQ(access(timeline),
              (Lines{"prod_a x1 2024-01-01..2024-06-22", "prod_a x1 2024-08-02..never"}));

    Settings settings;
    settings.past_due_grace = 15 * kMicrosPerDay;
    settings.access_grace = 7 * kMicrosPerDay;
    const Timeline strict = history(versions, settings);
    EXPECT_EQ(ledger(strict),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-16 a 5000>0 grace_ended e2",
                     "2024-08-02 a 0>5000 recovered e4"}));
    EXPECT_EQ(access(strict),
              (Lines{"prod_a x1 2024-01-01..2024-06-08", "prod_a x1 2024-08-02..never"}));
}

TEST(Timeline, GraceRunsOnThroughUpdatesAndRestartsAtEachEntry) {
    Settings settings;
    settings.past_due_grace = 15 * kMicrosPerDay;
    const std::vector<Version> versions = {
        version(kJan, "e1", monthly("5000"), kCreated),
        version(kJun, "e2", monthly("5000", "past_due")),
        version(utc(2024, 6, 10), "e3", monthly("6000", "past_due")),
        version(utc(2024, 6, 20), "e4", monthly("7000", "past_due")),
        version(kJul, "e5", monthly("7000")),
        version(utc(2024, 7, 10), "e6", monthly("7000", "past_due"))};
    EXPECT_EQ(ledger(history(versions, settings)),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-10 a 5000>6000 updated e3",
                     "2024-06-16 a 6000>0 grace_ended e3", "2024-07-01 a 0>7000 recovered e5",
                     "2024-07-25 a 7000>0 grace_ended e6"}));
}

TEST(Timeline, GraceOfASubscriptionFirstSeenPastDueRunsFromThatEvent) {
    Settings settings;
    settings.past_due_grace = 15 * kMicrosPerDay;
    EXPECT_EQ(ledger(history({version(kJun, "e1", starting(monthly("5000", "past_due"), kJan))},
                             settings)),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-06-16 a 5000>0 grace_ended e1"}));
}

TEST(Timeline, StatusesThatDoNotPay) {
    for (const char *name : {"incomplete", "unpaid", "paused", "a_word_of_tomorrow"}) {
        const Timeline timeline = history({version(kJan, "e1", monthly("5000", name), kCreated)});
        EXPECT_TRUE(timeline.changes.empty()) << name;
        EXPECT_TRUE(timeline.access.empty()) << name;
        EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 " + std::string(name) + " ---"}));
    }
}

TEST(Timeline, PausedCollectionCountsByItsBehavior) {
    const auto with = [](PauseBehavior behavior, PausePolicy policy) {
        SubscriptionSnapshot paused = monthly("5000");
        paused.pause = behavior;
        Settings settings;
        settings.pause = policy;
        const Timeline timeline =
            history({version(kJan, "e1", monthly("5000"), kCreated), version(kFeb, "e2", paused),
                     version(kMar, "e3", monthly("5000"))},
                    settings);
        EXPECT_EQ(standings(timeline), (Lines{"2024-01-01 active se-"}));
        return ledger(timeline);
    };
    const Lines goes_on = {"2024-01-01 a 0>5000 started e1"};
    const Lines stops = {"2024-01-01 a 0>5000 started e1", "2024-02-01 a 5000>0 paused e2",
                         "2024-03-01 a 0>5000 resumed e3"};
    EXPECT_EQ(with(PauseBehavior::void_, PausePolicy::by_behavior), stops);
    EXPECT_EQ(with(PauseBehavior::mark_uncollectible, PausePolicy::by_behavior), stops);
    EXPECT_EQ(with(PauseBehavior::keep_as_draft, PausePolicy::by_behavior), goes_on);
    EXPECT_EQ(with(PauseBehavior::keep_as_draft, PausePolicy::exclude), stops);
    EXPECT_EQ(with(PauseBehavior::void_, PausePolicy::include), goes_on);
}

TEST(Timeline, TrialThatPausesAndResumes) {
    const Timeline timeline = history({version(kJan, "e1", monthly("5000", "trialing"), kCreated),
                                       version(kFeb, "e2", monthly("5000", "paused")),
                                       version(kMar, "e3", monthly("5000"))});
    EXPECT_EQ(amounts(timeline),
              (Lines{"2024-01-01 0/5000/0 trial_started", "2024-02-01 0/0/0 paused",
                     "2024-03-01 5000/0/5000 resumed"}));
}

// ---- rows by price ----

TEST(Timeline, ChangeOfPriceIsARowForEach) {
    SubscriptionSnapshot other = subscription({item(price("b", "8000"))});
    const Timeline timeline =
        history({version(kJan, "e1", monthly("5000"), kCreated), version(kFeb, "e2", other)});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-02-01 a 5000>0 price_changed e2",
                     "2024-02-01 b 0>8000 price_changed e2"}));
    EXPECT_EQ(timeline.changes[1].product, "prod_a");
    EXPECT_EQ(timeline.changes[2].product, "prod_b");
    EXPECT_EQ(access(timeline),
              (Lines{"prod_a x1 2024-01-01..2024-02-01", "prod_b x1 2024-02-01..never"}));
}

TEST(Timeline, ItemsOfOnePriceAreOneRow) {
    SubscriptionSnapshot twice = subscription(
        {item(price("a", "1000"), 2), item(price("b", "4000")), item(price("a", "1000"), 3)});
    twice.currency = "USD";
    const Timeline timeline = history({version(kJan, "e1", twice, kCreated)});
    EXPECT_EQ(ledger(timeline),
              (Lines{"2024-01-01 a 0>5000 started e1", "2024-01-01 b 0>4000 started e1"}));
    EXPECT_EQ(timeline.changes[0].currency, "usd");
    EXPECT_EQ(timeline.changes[0].event_rank, kCreated);
    EXPECT_EQ(access(timeline),
              (Lines{"prod_a x5 2024-01-01..never", "prod_b x1 2024-01-01..never"}));
}

TEST(Timeline, QuantityChangeIsNamedAndOpensAccessAnew) { // V2
    const Timeline timeline = history({version(kJan, "e1", monthly("1000", "active", 5), kCreated),
                                       version(kFeb, "e2", monthly("1000", "active", 3)),
                                       version(kMar, "e3", monthly("1000", "active", 3))});
    EXPECT_EQ(ledger(timeline), (Lines{"2024-01-01 a 0>5000 started e1",
                                       "2024-02-01 a 5000>3000 quantity_changed e2"}));
    EXPECT_EQ(access(timeline),
              (Lines{"prod_a x5 2024-01-01..2024-02-01", "prod_a x3 2024-02-01..never"}));
    EXPECT_EQ(timeline.access[0].to_event, "e2");
}

TEST(Timeline, MeteredItemsGiveAccessWithoutSeats) {
    PriceFacts usage = price("usage", "1");
    usage.metered = true;
    PriceFacts shared = usage;
    shared.product = "prod_a";
    const Timeline timeline = history({version(
        kJan, "e1", subscription({item(shared, {}), item(price("a", "1000"), 5), item(usage, {})}),
        kCreated)});
    EXPECT_EQ(access(timeline),
              (Lines{"prod_a x5 2024-01-01..never", "prod_usage x1 2024-01-01..never"}));
}

} // namespace
} // namespace billing::core
