"""Money that came in and went back: the examples of section 7, through events and SQL."""

from model import objects as o
from model import stories
from model.story import at

COLUMNS = ("gross_revenue", "refunds", "disputes", "credit_notes", "net_revenue", "invoices_paid")


def money(organization) -> dict:
    """Month -> the columns that are not zero."""
    out = {}
    for row in organization.report("revenue_trend", "2025-01-01", "2025-09-30"):
        cell = {name: row[name] for name in COLUMNS if row[name]}
        if cell:
            out[row["period_start"].month] = cell
    return out


def test_g1_tax_and_balance_are_no_revenue(tell):
    assert money(tell(stories.g1)) == {
        5: {"gross_revenue": 6000, "net_revenue": 6000, "invoices_paid": 1}
    }


def test_r1_each_at_its_own_date(tell):
    assert money(tell(stories.r1)) == {
        5: {"gross_revenue": 12000, "net_revenue": 12000, "invoices_paid": 1},
        6: {"refunds": 3000, "net_revenue": -3000},
    }


def test_refunds_have_no_cap(tell):
    may = {"gross_revenue": 10000, "refunds": 12000, "net_revenue": -2000, "invoices_paid": 1}
    assert money(tell(stories.two_refunds)) == {5: may}


def test_a_refund_of_a_taxed_invoice_is_freed_of_tax(tell):
    def taxed(story):
        bill = story.invoice("2025-05-10", 12000, tax=2000)
        story.pay(bill, "2025-05-10")
        story.refund(bill, "2025-06-10", 6000)

    found = money(tell(taxed))
    assert (found[5]["gross_revenue"], found[6]["refunds"]) == (10000, 5000)


def test_a_pending_refund_counts_when_it_succeeds(tell):
    def pending(story):
        bill = story.invoice("2025-05-10", 10000)
        story.pay(bill, "2025-05-10")
        back = story.refund(bill, "2025-05-31", 4000, status="pending")
        back.status = "succeeded"
        story.emit("refund.updated", "2025-06-02", back)

    assert money(tell(pending))[6] == {"refunds": 4000, "net_revenue": -4000}


def test_a_failed_refund_is_removed(tell):
    def failed(story):
        bill = story.invoice("2025-05-10", 10000)
        story.pay(bill, "2025-05-10")
        back = story.refund(bill, "2025-05-31", 4000)
        back.status = "failed"
        story.emit("refund.failed", "2025-06-02", back)

    paid = {"gross_revenue": 10000, "net_revenue": 10000, "invoices_paid": 1}
    assert money(tell(failed)) == {5: paid}


def test_the_hint_that_a_charge_was_refunded_adds_nothing(tell):
    def hinted(story):
        bill = story.invoice("2025-05-10", 10000)
        story.pay(bill, "2025-05-10")
        story.refund(bill, "2025-06-01", 4000)
        hint = o.Charge(bill.charge, "cus_1", 10000, created=bill.created, invoice=bill.id)
        hint.payment_intent, hint.refunded = bill.payment_intent, 4000
        story.emit("charge.refunded", "2025-06-01", hint)

    assert money(tell(hinted))[6] == {"refunds": 4000, "net_revenue": -4000}


def test_an_unlinked_refund_counts_without_a_customer(tell):
    def stray(story):
        story.customer()
        story.refund(None, "2025-06-01", 700, charge="ch_unknown")

    organization = tell(stray)
    assert money(organization) == {6: {"refunds": 700, "net_revenue": -700}}
    assert organization.value("SELECT refunds_unlinked FROM billing.stats()") == 1


def test_a_link_that_arrives_late_frees_the_refund_of_tax(tell):
    def late(story):
        bill = story.invoice("2025-05-10", 12000, tax=2000)
        story.pay(bill, "2025-05-10")
        story.refund(bill, "2025-06-10", 6000)
        story.events.insert(0, story.events.pop())

    organization = tell(late)
    assert money(organization)[6]["refunds"] == 5000
    assert organization.value("SELECT refunds_unlinked FROM billing.stats()") == 0


def test_a_won_dispute_comes_back(tell):
    found = money(tell(stories.dispute))
    assert found[5] == {"gross_revenue": 5000, "disputes": 5000, "invoices_paid": 1}
    assert found[7] == {"disputes": -5000, "net_revenue": 5000}


def test_a_credit_note_counts_what_was_paid_by_hand(tell):
    june = {"refunds": 2000, "credit_notes": 1000, "net_revenue": -3000}
    assert money(tell(stories.credit_note))[6] == june


def test_a_credit_note_before_payment_or_to_the_balance_counts_nothing(tell):
    def notes(story):
        bill = story.invoice("2025-05-10", 10000)
        early = o.CreditNote("cn_1", bill.id, "cus_1", 3000, created=at("2025-05-11"))
        early.type = "pre_payment"
        story.emit("credit_note.created", "2025-05-11", early)
        story.pay(bill, "2025-05-12", 7000)
        credit = o.CreditNote("cn_2", bill.id, "cus_1", 1000, created=at("2025-06-11"))
        story.emit("credit_note.created", "2025-06-11", credit)

    paid = {"gross_revenue": 7000, "net_revenue": 7000, "invoices_paid": 1}
    assert money(tell(notes)) == {5: paid}


def test_an_invoice_paid_out_of_band_counts_what_was_due(tell):
    def by_hand(story):
        bill = story.invoice("2025-05-10", 12000, tax=2000)
        bill.status, bill.paid_at, bill.out_of_band = "paid", at("2025-05-20"), True
        story.emit("invoice.paid", "2025-05-20", bill)

    assert money(tell(by_hand))[5]["gross_revenue"] == 10000


def test_a_part_payment_of_an_open_invoice_does_not_count_yet(tell):
    def part(story):
        bill = story.invoice("2025-05-10", 10000)
        bill.amount_paid = 4000
        story.emit("invoice.updated", "2025-05-12", bill)

    assert money(tell(part)) == {}


def test_an_invoice_of_zero_is_paid_but_not_counted(tell):
    def free(story):
        bill = story.invoice("2025-05-10", 0)
        bill.status, bill.paid_at = "paid", at("2025-05-10")
        story.emit("invoice.paid", "2025-05-10", bill)

    assert money(tell(free)) == {}


def test_top_customers_are_those_who_brought_most(tell):
    def three(story):
        for name, paid in (("cus_a", 3000), ("cus_b", 9000), ("cus_c", 5000)):
            bill = story.invoice("2025-05-10", paid, customer=name)
            story.pay(bill, "2025-05-10")
            if name == "cus_b":
                story.refund(bill, "2025-06-01", 5000)
        story.customer("cus_never")

    rows = tell(three).run("SELECT * FROM billing.top_customers(2)")
    found = [(r["email"], r["lifetime_revenue"]) for r in rows]
    assert found == [("cus_c@example.com", 5000), ("cus_b@example.com", 4000)]
