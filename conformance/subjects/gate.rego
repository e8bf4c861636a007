# The rules of the suite as a model for Open Policy Agent, written out in good faith by us.
package gate

import rego.v1

default allow := false

facts := input.facts

question := input.question

asked := time.parse_rfc3339_ns(question.at)

day := 86400000000000

japan(ns) := sprintf("%04d-%02d-%02d", time.date([ns, "Asia/Tokyo"]))

recipient := [found | some found in facts.recipients; found.id == question.recipient][0]

person := [found | some found in facts.people; found.id == question.person][0]

law := [found | some found in facts.laws; found.from <= japan(asked); lasts(found)][0]

lasts(found) if found.to == null

lasts(found) if japan(asked) <= found.to

concerns(record) if record.recipient == null

concerns(record) if record.recipient == question.recipient

earliest(act) := time.parse_rfc3339_ns(act.at) if count(act.at) != 10

earliest(act) := time.parse_rfc3339_ns(sprintf("%sT00:00:00+09:00", [act.at])) if count(act.at) == 10

latest(act) := earliest(act) if count(act.at) != 10

latest(act) := (earliest(act) + day) - 1000 if count(act.at) == 10

acts := [act | some act in facts.acts; act.person == question.person]

has_unread_no if {
	some act in acts
	act.do != "agree"
	not earliest(act)
}

known(name) if {
	some found in facts.recipients
	found.id == name
}

may_end(act) if concerns(act)

may_end(act) if not known(act.recipient)

ends := [latest(act) | some act in acts; act.do != "agree"; may_end(act); earliest(act) <= asked]

stops := [stop | some stop in facts.stops; concerns(stop); time.parse_rfc3339_ns(stop.at) <= asked]

is_stopped if {
	some stop in stops
	stop.resumed == null
}

is_stopped if {
	some stop in stops
	time.parse_rfc3339_ns(stop.resumed) > asked
}

doubts := [time.parse_rfc3339_ns(stop.at) | some stop in stops; stop.doubts_agreements]

is_erased if {
	some erased in facts.erasures
	erased.person == question.person
	time.parse_rfc3339_ns(erased.at) <= asked
}

allow if {
	person
	law
	recipient.contract.purpose == question.purpose
	time.parse_rfc3339_ns(recipient.contract.from) <= asked
	asked < time.parse_rfc3339_ns(recipient.contract.to)
	not is_stopped
	not is_erased
	not has_unread_no
	some act in acts
	act.do == "agree"
	concerns(act)
	latest(act) < asked
	every moment in array.concat(ends, doubts) { moment < earliest(act) }
	is_evidence(act)
	is_free(act)
	is_given_by_whom_the_law_asks(act)
	covers(act)
}

notice(act) := [found | some found in facts.notices; found.sha256 == act.sha256][0]

screen(act) := [found | some found in facts.screens; found.id == act.screen][0]

is_evidence(act) if {
	time.parse_rfc3339_ns(person.registered) <= earliest(act)
	time.parse_rfc3339_ns(notice(act).from) <= earliest(act)
	time.parse_rfc3339_ns(screen(act).from) <= earliest(act)
	is_there(act)
	was_right(act)
}

is_there(act) if screen(act).to == null

is_there(act) if latest(act) < time.parse_rfc3339_ns(screen(act).to)

in_force(ns) := shown if {
	effective := [[time.parse_rfc3339_ns(found.from), found.sha256] | some found in facts.notices; time.parse_rfc3339_ns(found.from) <= ns]
	shown := max(effective)[1]
}

looks(act) := {time.parse_rfc3339_ns(look.at) |
	some look in facts.looks
	look.screen == act.screen
	time.parse_rfc3339_ns(look.at) <= asked
}

wrong(act) := {time.parse_rfc3339_ns(look.at) |
	some look in facts.looks
	look.screen == act.screen
	look.sha256 != in_force(time.parse_rfc3339_ns(look.at))
}

was_right(act) if {
	count({at | some at in looks(act); at <= earliest(act)}) > 0
	before := max({at | some at in looks(act); at <= earliest(act)})
	after := min({at | some at in looks(act); latest(act) < at} | {asked})
	count({at | some at in looks(act) & wrong(act); before <= at; at <= after}) == 0
}

was_right(act) if {
	count({at | some at in looks(act); at <= earliest(act)}) > 0
	count({at | some at in looks(act) - wrong(act); latest(act) < at}) > 0
	act.sha256 == in_force(earliest(act))
}

is_free(act) if not "free_choice" in law.demands

is_free(act) if act.could_refuse != false

stands_for_himself(act) if {
	act.by == "person"
	act.right == null
}

is_represented(act) if {
	act.by == "representative"
	act.right != null
}

sixteen(ns) if japan(ns) >= sprintf("%d%s", [to_number(substring(person.born, 0, 4)) + 16, substring(person.born, 4, -1)])

is_given_by_whom_the_law_asks(act) if {
	not "representative_under_16" in law.demands
	stands_for_himself(act)
}

is_given_by_whom_the_law_asks(act) if {
	not "representative_under_16" in law.demands
	is_represented(act)
}

is_given_by_whom_the_law_asks(act) if {
	person.born != null
	sixteen(earliest(act))
	stands_for_himself(act)
}

is_given_by_whom_the_law_asks(act) if {
	person.born != null
	not sixteen(earliest(act))
	not sixteen(asked)
	is_represented(act)
}

lasts_still(act) if notice(act).valid_days == null

lasts_still(act) if asked < earliest(act) + (notice(act).valid_days * day)

covers(act) if {
	lasts_still(act)
	some clause in notice(act).clauses
	count(clause.omits) == 0
	question.recipient in clause.recipients
	question.purpose == clause.purpose
	every item in question.items { item in clause.items }
}
