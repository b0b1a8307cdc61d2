"""The kinds of findings: code, how their sentences begin, and what to do. Codes never change their meaning.

The first that fits counts, so what is particular stands before what is general.
"""

from __future__ import annotations

# YAML itself
YAML = (
    ("yaml-tab", r"there is a tab character", "indent with spaces"),
    ("yaml-character", r"there is a character here that no text", "delete it"),
    ("yaml-directive", r"directives \(%\)", "delete the line"),
    ("yaml-size", r"the file is larger than", "split the file"),
    ("yaml-depth", r"this is nested more than", "write it flatter"),
    ("yaml-documents", r"a second document begins", "write it into a file of its own"),
    ("yaml-anchor", r"(aliases|anchors) \(|anchors and aliases", "write the value where it is needed"),
    ("yaml-tag", r"tags \(", "delete the tag, or put the text in quotes"),
    ("yaml-quotes", r"a comparison needs quotes|a value that begins with", "put the value in quotes"),
    ("yaml-comma", r"a value with a comma inside braces", "put the value in quotes"),
    ("yaml-bracket", r"(a brace|a square bracket) is not closed|there is one closing bracket", "close what is open"),
    ("yaml-open-quote", r"a quote is opened here", "close it, or double an apostrophe inside single quotes"),
    ("yaml-backslash", r"a backslash means something else|an escape in double quotes", "use single quotes"),
    ("yaml-colon", r"there is a colon where|a key without a colon|'.*?' has no value", "write it as key: value"),
    ("yaml-indentation", r"this does not belong to|this line stands out of line",
     "begin all keys of one rule in the same column"),
    ("yaml-key", r"a key (must be one word|is missing before)", "write one word before the colon"),
    ("yaml-number", r"people and programs read", "put it in quotes if it is a code"),
    ("yaml-twice", r"the key '.*?' is written twice", "keep one of the two"),
    ("yaml-syntax", r"this is not YAML", "see docs/rules.md for how a rule is written"),
    ("file-encoding", r"this is not UTF-8", "save the file as UTF-8"),
    ("file-unreadable", r"(the file|it) cannot be read", "see that the file may be read"),
)  # fmt: skip

# Words that nobody knows
WORDS = (
    ("unknown-key", r"unknown key", "see the keys in docs/rules.md"),
    ("unknown-fact", r"unknown fact", "see the facts in docs/rules.md"),
    ("unknown-filter", r"unknown filter '.*?' of", "see the facts and their filters in docs/rules.md"),
    ("unknown-field", r"unknown field or fact", "see what who can ask in docs/rules.md"),
    ("unknown-segment", r"unknown segment", "write it into rules/segments.yaml, or name one of those"),
    ("unknown-template", r"unknown template|there is no template ", "make the folder in templates/email, or name one of those"),
    ("unknown-variant", r"the template '.*?' has no variant", "make the folder of the variant"),
    ("unknown-shop", r"unknown shop", "name a shop of config.yaml"),
    ("unknown-purpose", r"unknown purpose", "name a purpose of config.yaml"),
    ("unknown-currency", r"unknown currency", "write its rate into config.yaml, or name another"),
    ("unknown-rule", r"unknown rule ", "name a rule of this rulebook"),
    ("unknown-unit", r"unknown unit", "write minutes, hours, days, weeks, months or years"),
    ("unknown-weekday", r"unknown weekday", "write the whole English name in small letters"),
    ("unknown-offer", r"unknown offer", "see what a mail can bring along in docs/rules.md"),
    ("unknown-comparison", r"unknown comparison", "write =, !=, <, <=, > or >="),
    ("unknown-word", r"unknown word", "see docs/rules.md"),
    ("unknown-good", r"no shop has reported the (product|category|brand)", "see whether it is spelt as the shop spells it"),
)  # fmt: skip

# What stands where something else should
SHAPES = (
    ("missing-key", r".+? is missing; write|coupon lacks its", "write it"),
    ("file-shape", r"a rule file holds|a rule takes keys and values, beginning|segments are names with",
     "see docs/rules.md for what each file holds"),
    ("nothing-named", r".+? (is empty|names nothing)|the list (of .+? )?is empty|when names no fact"
     r"|.+? (lacks what to )?compares? with",
     "name something, or leave the key out"),
    ("every-incomplete", r"every lacks", "write it as day at 09:00, monday at 10:00 or month on 1 at 10:00"),
    ("every-day", r"every (takes days of|names a day twice)", "write each day of the month once, from 1 to 31 or last"),
    ("not-every", r"every takes", "write it as day at 09:00, monday at 10:00 or month on 1 at 10:00"),
    ("joins-list", r".+? takes a list of conditions|not takes one condition|.+? put all: or any: before",
     "write each condition after a hyphen"),
    ("not-one-fact", r"(when|goal) takes one fact", "write a rule for each fact"),
    ("not-a-fact", r".+? takes any, or filters", "write any, or filters in braces"),
    ("not-a-mapping", r".+? takes keys and values", "write keys and values, below it or in braces"),
    ("not-a-list", r".+? takes a list", "write each item after a hyphen"),
    ("not-text", r".+? takes text", "write a text"),
    ("not-true-or-false", r".+? takes true or false", "write true or false"),
    ("not-an-amount", r".+? takes an amount", "write a number, with a currency if it is not the shop's, as 50 EUR"),
    ("not-per-cent", r".+? takes (whole )?per cent|.+? takes at most 100 per cent|percent must be at least 1",
     "write a number from 0 to 100, as 10%"),
    ("not-a-rate", r".+? takes a (number per|whole number of messages)|a number is missing|.+? takes at least 1 message",
     "write a number and a duration, as 1 per 3 days"),
    ("not-a-whole-number", r".+? takes a whole number", "write a whole number within these bounds"),
    ("not-a-number", r".+? takes a number", "write a number, with a point before decimals"),
    ("not-a-duration", r".+? takes (a duration|one whole number and one unit)", "write a number and a unit, as 30 days"),
    ("duration-bounds", r".+? (must be longer than|is longer than)", "write a duration between a minute and 100 years"),
    ("not-a-clock-time", r".+? takes (a clock time|two digits for the hour)", "write hours and minutes, as 09:00"),
    ("not-a-day", r".+? takes a (day|moment)", "write the date as 2026-01-31"),
    ("not-a-path", r".+? takes a path", "write the path as optics/contact-lenses"),
    ("not-a-code", r".+? takes (two (capital|small) letters|a currency in)", "write the letters of the ISO code"),
    ("not-an-id", r"a (rule's id|segment's name|variant's name) takes|\w+ takes (a name of|letters)|send takes the name",
     "write letters, digits and hyphens only"),
    ("not-one-of-these", r"once takes|when_capped takes", "write one of these"),
    ("not-a-value", r".+? takes (a value|one plain value|a range of two)|a list of .+? holds|.+? does not take",
     "write a value, a list of values, or a comparison in quotes"),
    ("not-ordered", r".+? is not a number; .+? cannot be asked", "ask = or !="),
    ("range-backwards", r"the range of|at_least is more than", "write the smaller value first"),
)  # fmt: skip

# What cannot stand here, or not together
PLACES = (
    ("written-twice", r"the .+? is already written|there is a policy already", "keep one of the two"),
    ("after-and-before", r"when takes either after or before", "keep one of the two"),
    ("delay-without-fact", r"(after|before) cannot be joined with", "leave the delay out"),
    ("before-unknown-date", r"before needs a date", "write after"),
    ("unless-beside-moment", r"unless cannot stand beside", "ask it in who"),
    ("same-out-of-place", r"same(: .+?)? (ties|cannot be asked)|.+? fact has no .+? that could be",
     "see the facts in docs/rules.md"),
    ("only-in-who", r".+? can only be asked in who", "ask it in who"),
    ("due-out-of-place", r"due can only be asked", "ask it in a house rule"),
    ("no-window", r".+? is as it stands now", "leave within out"),
    ("never-unknown", r".+? is 0 where there is nothing", "compare it with 0"),
    ("needs-no-consent", r"nobody consents to transactional", "leave it out"),
    ("never-capped", r"transactional mail is never capped", "leave it out"),
    ("house-rule-acts", r"the house rule '.*?' has (both|neither)", "write hold or refuse"),
    ("rule-as-purpose", r"'.*?' is a rule, and a bare list", "write it as {rules: [...]}"),
    ("quiet-hours-equal", r"quiet_hours begin and end", "name two times"),
    ("always-closed", r"every day is closed", "leave a day open"),
    ("segment-circle", r"segments go round", "let one of them not name the next"),
    ("segment-broken", r"segment '.*?' cannot be used", "mend the segment first"),
)  # fmt: skip

# The policy's engine
POLICY = (
    ("policy-too-large", r"the policy comes to|the rule engine cannot build", "use fewer or simpler house rules"),
    ("policy-too-wide", r"a house rule's `if` has more than", "split it into several house rules"),
    ("policy-stops-itself", r"house rule '.*?' stops the very rule", "name another rule in due, or in what it stops"),
)  # fmt: skip

# Legal, but surely not meant
ADVICE = (
    ("never-matches", r".+? can never match", "change what contradicts the rest, or delete the rule"),
    ("filter-never-met", r"the (unless|goal) of .+? is never met", "mend the filter, or leave it out"),
    ("house-rule-never-acts", r"the house rule '.*?' never acts", "change its if, or delete it"),
    ("segment-impossible", r"nobody can be in", "change what contradicts the rest, or delete the segment"),
    ("pool-empty", r"the pool .+? has no codes", "fill it with server.py coupons add"),
    ("segment-empty", r"nobody is in", "see whether it asks what is meant"),
    ("waits-for-nothing", r".+? waits for a mail of", "turn that rule on, or begin with a fact"),
    ("clicks-not-counted", r".+? asks for clicks in mails of", "write clicks: true in the rule whose mails they are"),
    ("starved", r".+? is starved", "give it a higher priority, or let the other come round less often"),
    ("same-moment", r".+? falls due at the same moment as",
     "join the two, give them different days, or tell their people apart in who"),
    ("priority-too-late", r".+? has the higher priority, but goes at", "give both one clock time"),
    ("due-never-meets", r"the house rule '.*?' asks whether", "give the rules one clock time"),
    ("in-quiet-hours", r".+? (is due at .+?, in quiet hours|never mails anybody: it is due)",
     "choose a time outside quiet hours"),
    ("on-closed-day", r".+? comes round on", "choose another day"),
    ("expires-before-cap", r".+? expires .+? after it is due, and a cap", "let it expire later, or make the cap shorter"),
    ("mails-everybody", r".+? has no who", "say in who whom it concerns"),
    ("says-nothing", r".+? sends plain, whose text", "write a note, or another template"),
    ("goal-by-itself", r".+? has \w+ as its goal", "name what a customer does, as {ordered: any}"),
    ("offer-unfilled", r".+? brings along", "leave it out until then"),
    ("field-unfilled", r".+? asks for \w+, which nothing fills yet", "leave it out until then"),
    ("once-without-thing", r".+? says once: per", "leave once out, or begin with a fact that has one"),
)  # fmt: skip

# Templates
TEMPLATES = (
    ("price-claim", r".+?(claims a lower price|says a lower price)", "show the lowest price of the 30 days before"),
    ("variable-lacking", r"\S+ is not known of", "give a default, or ask with if whether it is there"),
    ("variable-never", r"\S+ is never there", "leave it out, or begin the rule with a fact that has it"),
    ("template-language", r".+? (has no (pl|uk|ru|en);|no language)", "write the mail in that language"),
    ("template-missing", r"there are no templates|\S+ is missing$|\S+ is missing; write it$", "write it"),
    ("template-issue", r"'.*?' is no date", "name the folder of an issue by its date"),
    ("template-variable", r"there is no '|there is no variable|'.*?' (is a list|has no parts)",
     "see the variables in docs/templates.md"),
    ("template-filter", r"unknown (filter|test) ", "see the filters in docs/templates.md"),
)  # fmt: skip

# Rule tests
TESTS = (
    ("test-expects", r"an expectation names|.+? says nothing of|unknown reason", "see expect in docs/rules.md"),
    ("test-names-nobody", r"nothing given is|order '.*?' is .+?'s, not|.+? has no order by then",
     "give it, or name what is given"),
    ("test-given", r"each item of given|.+? cannot be given|.+? needs \S+$|.+? takes (lines|words|one value|1 to)"
     r"|one value is expected|a line needs|lasts takes|an order has one currency|unknown (gender|time zone)",
     "see given in docs/rules.md"),
    ("test-without-moment", r"nothing given has a moment", "give at least one fact with at:"),
    ("test-policy", r"the policy of this test", "mend what is said about it"),
)  # fmt: skip

KNOWN = YAML + WORDS + TEMPLATES + TESTS + SHAPES + PLACES + POLICY + ADVICE
