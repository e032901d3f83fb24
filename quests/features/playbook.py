"""The plays our planner makes quests of. Prose with gaps for the goal's own numbers: a table, no code.

Gaps: {amount} this step's amount, {sales} the sales that make it; for the whole gap {all_sales}, {weekly} and
{daily} what a week and a day must bring, {third} of it, {people} to speak to, {each} what each of them and
{each_yes} each fourth of them must bring, {stake} what a trial may cost; {average} the average sale, {rise} a
careful price rise and {rise_month} what it brings a month; {target}, {next} the target after it.

The first three steps are for any horizon, one more from 4, from 9 and from 21 weeks.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Play:
    """One way to close a gap: why it works, how much that is, its steps with their weights.

    `words` in a goal's text call for it, some plays only then; some need sales: something came in lately.
    """

    name: str
    why: str
    size: str
    steps: tuple[tuple[str, int], ...]
    words: frozenset[str] = frozenset()
    needs_sales: bool = False
    only_if_called: bool = False


STEPS_FROM_WEEKS = (0, 0, 0, 4, 9, 21)

PLAYS = (
    Play(
        "Raise the average sale",
        "The customers are already there; this makes each visit carry more instead of looking for new ones.",
        "At your average of {average} the gap is {all_sales}: the higher the average, the fewer you need.",
        (
            ("List your five best sellers and the one extra that naturally goes with each", 1),
            ("Offer the extra on every sale for two weeks and write down who says yes", 2),
            ("Bundle the pair that sold best, price it above {average} and show it first", 3),
            ("Close {sales} at the bundle price and drop the extras nobody took", 3),
            ("Show your ten biggest buyers a larger package made for them", 3),
            ("Retire the cheapest option: most people move up, not out", 2),
        ),
        frozenset({"sales", "revenue", "margin", "basket", "shop", "store", "grow"}),
        needs_sales=True,
    ),
    Play(
        "Win back past customers",
        "People who bought once need no introduction, and most of them left for no reason at all.",
        "At your average of {average} it takes {all_sales}, so begin with the {people} who bought most.",
        (
            ("List {people} customers who have not bought for three months", 1),
            ("Write to each by name with one reason to come back this month", 2),
            ("Call everyone who answered or clicked and book {sales}", 3),
            ("Send one last note a week before the offer ends", 2),
            ("Ask those who said no what they buy instead, and fix the answer you hear most", 2),
            ("Put a check-in with every returned customer into the calendar", 2),
        ),
        frozenset({"customers", "clients", "retention", "repeat", "regulars", "winter", "slow"}),
        needs_sales=True,
    ),
    Play(
        "Correct your prices",
        "A price that has not moved for a year is a discount nobody asked for.",
        "On what you take now, a rise of {rise} is {rise_month} a month without one more sale.",
        (
            ("Put your three best sellers beside three competitors, price and scope", 1),
            ("Raise whatever sits below the market by {rise}, new customers first", 3),
            ("Tell regulars a month ahead and say why: the difference is {amount}", 3),
            ("End the standing discounts that no longer buy you anything", 2),
            ("Offer a leaner version to the few who object, at the old price", 1),
            ("Set the day of the next price review now, not when costs force it", 2),
        ),
        frozenset({"margin", "profit", "price", "prices", "costs", "inflation"}),
        needs_sales=True,
    ),
    Play(
        "Set it aside as it comes in",
        "Money that waits in the daily account gets spent; moved on a fixed day, it adds up.",
        "Make it every Friday, or {daily} a day, whichever is easier to keep up.",
        (
            ("Open a separate account for this goal and start it with {amount}", 1),
            ("Move {weekly} every Friday, before anything else is paid", 1),
            ("In a week above average, move half of the difference as well", 1),
            ("Look at the account on the first of the month and make up what is missing", 1),
            ("Put tax refunds, rebates and one-off payments here, untouched", 1),
            ("Raise the Friday amount by a tenth once it has stopped hurting", 1),
        ),
        frozenset({"save", "savings", "reserve", "buffer", "fund", "emergency", "tax", "buy", "equipment"}),
        only_if_called=True,
    ),
    Play(
        "Collect what is already owed",
        "This money is earned; it only has to arrive, and asking for it costs nothing.",
        "Even a third of it, {third}, collected in the first weeks takes the pressure off the rest.",
        (
            ("List every unpaid invoice and every finished job not yet billed, oldest first", 1),
            ("Send a friendly reminder with a payment link for all that is over 14 days", 3),
            ("Phone the three largest and agree on a day: {amount} together", 4),
            ("Take half in advance on every new order from now on", 3),
            ("Shorten your terms to 14 days and bill on the day of delivery", 2),
            ("Pause work for accounts more than 60 days late until they pay", 2),
        ),
        frozenset({"cash", "debt", "loan", "invoice", "invoices", "owed", "late", "tax", "payroll", "rent"}),
    ),
    Play(
        "Stop the leaks",
        "What does not go out need not come in: a saved amount counts in full, a sold one only by its margin.",
        "It comes to {daily} a day, in charges, waste and terms together.",
        (
            ("Go through three months of statements and mark every standing charge", 1),
            ("Cancel or downgrade what nobody used: {amount} stays with you", 3),
            ("Ask your two largest suppliers for a better price or 30 more days", 3),
            ("Move each saving to a separate account on the day it happens", 2),
            ("Measure for a week what is thrown away or done twice, and halve it", 3),
            ("Repeat the statement check every quarter; it never comes up empty", 2),
        ),
        frozenset({"costs", "cost", "save", "savings", "debt", "loan", "cash", "margin", "expenses"}),
    ),
    Play(
        "Open one new channel",
        "One channel done properly beats five half-hearted ones, and a small trial tells you which.",
        "A trial of {stake} is 3% of the gap: cheap enough to be wrong once.",
        (
            ("Ask five good customers where they would look for you, and pick one place", 1),
            ("Put one clear offer there and spend at most {stake} on the trial", 2),
            ("Keep the channel if it brings {amount}; otherwise change the offer first", 3),
            ("Double the effort behind the version that was answered best", 3),
            ("Ask every buyer from there for two lines of review, and show them", 2),
            ("Keep a fixed hour a week for this channel and read its figures monthly", 3),
        ),
        frozenset({"online", "market", "launch", "new", "web", "website", "expand", "grow", "reach"}),
    ),
    Play(
        "Turn one-off work into a monthly plan",
        "A month that starts with signed plans is half won before the first day.",
        "With {people} plans signed, {each} from each of them is enough.",
        (
            ("Name the job people keep coming back for and price it by the month", 1),
            ("Offer it to {people} regulars, with a first month that is easy to accept", 2),
            ("Sign the first plans: {amount} from monthly payments", 3),
            ("Collect on a fixed day, automatically, so nobody has to remember", 2),
            ("Offer a yearly payment with one month free to those who stay", 3),
            ("See who uses it least and call them before they cancel", 2),
        ),
        frozenset({"recurring", "subscription", "stable", "steady", "monthly", "salary", "hire", "rent"}),
    ),
    Play(
        "Ask for referrals",
        "A recommended customer decides faster and bargains less, and few businesses ever ask.",
        "If one in four of {people} says yes, each new customer has to be worth {each_yes}.",
        (
            ("Pick {people} customers who thanked you this year", 1),
            ("Ask each for one introduction, and give them the sentence to forward", 2),
            ("Answer every introduction within a day and win {amount} from them", 3),
            ("Thank both sides with something they will tell others about", 1),
            ("Print the request on invoices and receipts", 2),
            ("Ask the new ones in turn, 30 days after they bought", 3),
        ),
        frozenset({"customers", "clients", "leads", "new", "grow", "reputation"}),
    ),
    Play(
        "Sell ahead",
        "Paid now and delivered later: it closes the gap early and shows what people really want.",
        "{people} places at {each} close it.",
        (
            ("Shape one package that can be paid now and used later", 1),
            ("Offer it to regulars first, with a closing date and {people} places", 3),
            ("Open the rest to everybody for the last week: {amount} before it closes", 3),
            ("Add gift vouchers for the next occasion in your calendar", 2),
            ("Repeat it for the next season with what sold out first", 3),
            ("Plan the delivery of what was paid, so that no month is swamped", 1),
        ),
        frozenset({"buy", "equipment", "launch", "season", "event", "deposit", "cash", "open"}),
    ),
    Play(
        "Sell together with a partner",
        "Somebody nearby already has the trust of the people you want to reach.",
        "Spread over three partners, it is {third} from each.",
        (
            ("Name three businesses whose customers need you right before or after", 1),
            ("Propose one joint offer to each, with the split written on one page", 2),
            ("Launch with the first who agrees and bring in {amount} together", 3),
            ("Swap a mailing: you write theirs, they write yours", 2),
            ("Make the best pairing a standing item on both price lists", 3),
            ("Win a second partner with the figures of the first", 2),
        ),
        frozenset({"partner", "local", "event", "expand", "reach", "market", "new"}),
    ),
)

KEPT = (
    Play(
        "Keep what you have reached",
        "Reached money leaks away unless it is out of reach of daily spending.",
        "",
        (
            ("Move the full {target} to an account daily spending cannot touch", 1),
            ("Write down the level below which you act, and who looks at it", 1),
            ("Check it on the first of the month and refill within the same month", 1),
        ),
    ),
    Play(
        "Repeat what worked",
        "You now know something most plans only guess: what actually brought this in.",
        "",
        (
            ("Write down the three actions that brought in most of it", 1),
            ("Put the best of them into the calendar for the next three months", 1),
            ("Stop one effort that brought nothing and give its hours to the best one", 1),
        ),
    ),
    Play(
        "Set the next milestone",
        "Momentum is worth most in the week after a goal is reached.",
        "",
        (
            ("Choose the next target while it is fresh; {next} would be a quarter more", 1),
            ("Give it a date and split it into monthly amounts", 1),
            ("Tell the team what was reached and what comes next", 1),
        ),
    ),
    Play(
        "Build a month of buffer",
        "With one quiet month covered, the next goal need not start from fear.",
        "",
        (
            ("Work out what a month of fixed costs comes to and take that as the buffer", 1),
            ("Send what used to go into this goal to the buffer instead", 1),
            ("Agree on the only two reasons for which it may be used", 1),
        ),
    ),
)
