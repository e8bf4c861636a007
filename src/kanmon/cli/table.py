"""The table of commands: which function does each, and what `--help` says of it.

`kanmon.cli.app` lists and completes from this table without loading anything, and loads the one module that a command
needs when that command is called. A text of help is a message id of the catalogues; lists show its first paragraph.
"""

from typing import NamedTuple

from kanmon.core.language import N_


class Group(NamedTuple):
    """Commands below one name; `function`, where there is one, does what the name alone means, with its `result`."""

    name: str
    help: str
    function: str | None = None
    result: str | None = None


class Command(NamedTuple):
    """One command: its name, behind that of its group if it has one, its function as `module:name`, and its help.

    `result` is the type of what it prints with `--json`, as `module:Name`: a type of the room that makes the object,
    which the functions that make it return, so that mypy holds them to it. None: it takes no `--json`.
    """

    path: str
    function: str
    help: str
    result: str | None = None


class Section(NamedTuple):
    """A part of the list of commands: its heading, a message id, and the names below it in their order."""

    heading: str
    names: tuple[str, ...]


HELP = "Kanmon (関門): no score without evidence of consent."

OTHER = N_("Other commands")
SECTIONS = (
    Section(N_("First"), ("init", "check", "load", "run", "status", "demo")),
    Section(
        N_("Steps of a run"), ("link", "train", "gate", "score", "provide", "evaluate", "approve", "runs", "report")
    ),
    Section(N_("Texts and approvals"), ("policy", "revision", "release", "legal", "client")),
    Section(N_("People"), ("subject", "hold", "recall")),
    Section(
        N_("When something is wrong"), ("stop", "resume", "incident", "matter", "mail", "doctor", "backup", "restore")
    ),
    Section(N_("Audits and proofs"), ("audit", "law", "evidence", "verify", "ledger", "replay")),
    Section(N_("Portals and data"), ("serve", "worker", "account", "key", "collect", "compact", "preflight", "schema")),
)
"""How the whole list is grouped; a command that no section names stands under `OTHER`."""

# fmt: off
GROUPS = (
    Group("policy", "Examine policy texts before they are published; compare versions."),
    Group("revision", "Revise a policy: draft, check, review, roll out, activate."),
    Group("release", "Review a release before it provides: open, answer, approve."),
    Group("legal", "Legal assessments: what was asked, considered and concluded, on what it judges."),
    Group("client", "Papers of clients: agreements, notices, and staff's checks of the use before and after."),
    Group("audit", "Judge what was done once more, from what is written down."),
    Group("law", "Laws abroad: which duties hold, met by what, and the documents that they ask for."),
    Group("incident", "Incidents: record, compute whom it affects, report, close."),
    Group("matter", "Matters of an authority: what it asks, until when, papers, answers."),
    Group("mail", "Letters that wait, and handing them over."),
    Group("report", "What clients received, as they may read it now."),
    Group("subject", "What a person is told, and may ask for."),
    Group("recall", "Ask recipients to erase what they got, and follow it up."),
    Group("link", "Say whose row is whose.", "kanmon.linkage.cli:link", "kanmon.cli.shapes:RunResult"),
    Group("account", "Who may sign in to the portals."),
    Group("key", "Keys for programs that send events or ask the gate."),
    Group("hold", "People on hold: what may be their no could not be read."),
    Group("ledger", "The keys that sign the ledger, and the witnesses that cosign it."),
)

COMMANDS = (
    Command("verify", "kanmon.ledger.cli.verify:verify", "Check a receipt, an answer, a pack or a proof of training offline, against the signed checkpoints it brings.\n\nTwo files or more, checkpoints and proofs of consistency among them, are held against each other: do they show one\nlog? Exit with 4 where they don't, or where they don't tell.", "kanmon.ledger.shapes:VerifyResult"),
    Command("evidence", "kanmon.audits.evidence.cli:evidence", "Build a pack of evidence for an authority; `kanmon verify` checks it offline.", "kanmon.audits.evidence.shapes:EvidenceResult"),
    Command("serve", "kanmon.cli.serve:serve", "Serve the portals and the API, and do the jobs asked for there, until Ctrl-C."),
    Command("worker", "kanmon.jobs.cli:worker", "Do the jobs that wait, until Ctrl-C: runs that clients asked for, rounds over the board, received events."),
    Command("collect", "kanmon.intake.cli.events:collect", "Take the events that were sent over HTTP into the lake, and answers given there into the ledger.", "kanmon.intake.cli.shapes:CollectResult"),
    Command("compact", "kanmon.lake.cli:compact", "Merge the files that loads have left in the lake; `kanmon run` and the worker do so where they are many.", "kanmon.lake.shapes:CompactionResult"),
    Command("stop", "kanmon.gate.switch.cli:stop_command", "Stop a client, a season or the whole service, at once and everywhere; it counts when this command has ended.", "kanmon.gate.shapes:SwitchResult"),
    Command("resume", "kanmon.gate.switch.cli:resume_command", "Resume what was stopped; where the stop doubted consents, for those only who have agreed since.", "kanmon.gate.shapes:ResumeResult"),
    Command("preflight", "kanmon.linkage.preflight.cli:preflight", "Say which class each column of an intake file is, by attacking it with our members' data; nothing is loaded.\n\nExit with 4 where a column may not be handed over so: hashed names are personal data.", "kanmon.linkage.shapes:PreflightResult"),
    Command("replay", "kanmon.cli.replay:replay", "Play the season of the release as it was, and once more with the rules on.", "kanmon.cli.shapes:ReplayedSeason"),
    Command("backup", "kanmon.backup.cli:backup", "Copy the workspace as it is at one moment into a new folder; work may go on meanwhile.\n\nKeys are left out unless --keys names a folder for them: keep it elsewhere, and always the newest alone.", "kanmon.backup.shapes:BackupResult"),
    Command("restore", "kanmon.backup.cli:restore", "Make a workspace of a backup, and check it; or go on with a database that is an older copy.\n\nWith SRC, --workspace names the new folder.", "kanmon.backup.shapes:RestoreAnswer"),
    Command("status", "kanmon.audits.overview.cli:status", "Say what is loaded, how each client stands, what waits for a person, and how much room is left.", "kanmon.audits.overview.shapes:StatusResult"),
    Command("runs", "kanmon.audits.overview.cli:runs", "List the newest runs: when, by which command, and whether they ended.", "kanmon.audits.overview.shapes:RunsResult"),
    Command("doctor", "kanmon.cli.doctor:doctor", "Look for damage in the workspace: files, keys, database and lake; say what to do about it.", "kanmon.cli.shapes:DoctorResult"),
    Command("init", "kanmon.cli.init:init", "Make a workspace with the embedded defaults; with --example, write a folder to load instead.\n\nWith both DIR and --example, do both.", "kanmon.cli.shapes:InitResult"),
    Command("schema", "kanmon.intake.cli.schema:schema", "Print the JSON Schema of service.yaml, for an editor that completes and checks it.\n\nWith the words of a command, print that of its `--json` result, for programs that read it.", "kanmon.intake.cli.shapes:SchemaResult"),
    Command("load", "kanmon.intake.cli.load:load", "Load a dataset folder; refused rows are told and the good ones kept.", "kanmon.intake.cli.shapes:LoadResult"),
    Command("check", "kanmon.intake.cli.check:check", "Say all that `load` and `policy check` would say of a folder; nothing is changed.\n\nThe JSON object is that of `load`, with that of `policy check` as `policy` (null where the folder has no policies).\nExit with 4 where `policy check` would, else with 3 where rows would be refused.", "kanmon.intake.cli.shapes:CheckResult"),
    Command("train", "kanmon.pipeline.cli:train", "Train one model per client on last year.", "kanmon.cli.shapes:RunResult"),
    Command("score", "kanmon.pipeline.cli:score", "Ask the gate, then score those it clears.", "kanmon.cli.shapes:RunResult"),
    Command("run", "kanmon.pipeline.cli:run", "The main job: link, train, gate, score, provide.", "kanmon.cli.shapes:RunResult"),
    Command("gate", "kanmon.gate.cli:gate", "Ask the gate about every applicant, and say why it denies.", "kanmon.gate.shapes:GateResult"),
    Command("provide", "kanmon.pipeline.cli:provide", "Ask the gate again, record the provision, and hand the report over.", "kanmon.cli.shapes:RunResult"),
    Command("evaluate", "kanmon.modelling.cli:evaluate", "Compare scores with loaded outcomes of the scored season.", "kanmon.modelling.shapes:EvaluationResult"),
    Command("approve", "kanmon.modelling.cli:approve", "Approve a model version that the acceptance rule held back.", "kanmon.modelling.shapes:ApprovalResult"),
    Command("stop-database", "kanmon.cli.workspace:stop_embedded", "Stop the embedded PostgreSQL of a workspace; the next command starts it again.", "kanmon.cli.shapes:StopDatabaseResult"),
    Command("demo", "kanmon.cli.demo:demo", "The whole way on a generated season, in about a minute.", "kanmon.cli.shapes:RunResult"),
    Command("policy impact", "kanmon.reviews.policies.cli.impact:impact", "Say who would be held, for which client, if this change went live or a day's law held; nothing is recorded.", "kanmon.reviews.policies.shapes:PolicyImpactResult"),
    Command("policy check", "kanmon.reviews.policies.cli.policy:check", "Say what each clause states and lacks, and whether the text may be published. Without FILE, the versions in the workspace.", "kanmon.reviews.policies.shapes:PolicyCheckResult"),
    Command("policy diff", "kanmon.reviews.policies.cli.policy:compare", "Compare two versions clause by clause: narrower, the same, wider or not comparable.", "kanmon.reviews.policies.shapes:PolicyDiffResult"),
    Command("revision list", "kanmon.reviews.revisions.cli.revision:list_revisions", "Every revision with its state, newest first.", "kanmon.reviews.revisions.shapes:RevisionListResult"),
    Command("revision show", "kanmon.reviews.revisions.cli.revision:show", "Everything about one revision, as one JSON object.", "kanmon.reviews.revisions.shapes:RevisionViewResult"),
    Command("revision draft", "kanmon.reviews.revisions.cli.revision:draft", "Begin a revision with a draft. For an author.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision redraft", "kanmon.reviews.revisions.cli.revision:redraft", "Write the draft again; what was signed no longer counts. For an author.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision model", "kanmon.reviews.revisions.cli.revision:model", "Say that every element is quoted in the text. For an author.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision check", "kanmon.reviews.revisions.cli.revision:check", "Examine the text under the law in force. For legal.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision impact", "kanmon.reviews.revisions.cli.revision:impact", "Work out the screens, and who would be held. For an author.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision advise", "kanmon.reviews.revisions.cli.revision:advise", "Say how the change looks to students. For a student advocate.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision schedule", "kanmon.reviews.revisions.cli.revision:schedule", "Fix the day from which it takes effect. For a privacy owner.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision deploy", "kanmon.reviews.revisions.cli.revision:deploy", "Begin to bring it to the screens. For an operator.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision activate", "kanmon.reviews.revisions.cli.revision:activate", "Put it in force, where every screen shows it. For a privacy owner.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision abandon", "kanmon.reviews.revisions.cli.revision:abandon", "Give the revision up. For an author or a privacy owner.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision remove-screen", "kanmon.reviews.revisions.cli.revision:remove_screen", "Take a screen out of the impact set. For a privacy owner.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision confirm", "kanmon.reviews.revisions.cli.revision:confirm", "Confirm that the change is reflected as instructed. For an operator.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision review", "kanmon.reviews.revisions.cli.revision:review", "Answer the three questions, and approve. For a privacy owner.", "kanmon.reviews.revisions.shapes:RevisionResult"),
    Command("revision ask", "kanmon.reviews.revisions.cli.revision:ask", "List everybody who is held, to be asked to agree anew; what was broken off is taken up.", "kanmon.reviews.revisions.shapes:ReconsentResult"),
    Command("revision held", "kanmon.reviews.revisions.cli.revision:held", "How many applicants of each client the gate holds, since they agreed only to words that say too little.", "kanmon.reviews.revisions.shapes:HeldResult"),
    Command("release open", "kanmon.reviews.releases.cli:open_release", "Open the review of a release. For an author.", "kanmon.reviews.releases.shapes:ReleaseResult"),
    Command("release answer", "kanmon.reviews.releases.cli:answer", "Answer a viewpoint's questions. For an operator, a student advocate or legal.", "kanmon.reviews.releases.shapes:ReleaseResult"),
    Command("release approve", "kanmon.reviews.releases.cli:approve", "Answer the three questions, and decide. For a privacy owner.", "kanmon.reviews.releases.shapes:ReleaseResult"),
    Command("release show", "kanmon.reviews.releases.cli:show", "Everything that was said of one release, as one JSON object.", "kanmon.reviews.releases.shapes:ShownRelease"),
    Command("release list", "kanmon.reviews.releases.cli:list_releases", "Every release that was opened here, the newest first.", "kanmon.reviews.releases.shapes:ReleaseListResult"),
    Command("legal add", "kanmon.reviews.legal.cli:add", "Record what legal considered. For legal.", "kanmon.reviews.legal.shapes:AssessmentResult"),
    Command("legal list", "kanmon.reviews.legal.cli:list_assessments", "The assessments in force, the newest first.", "kanmon.reviews.legal.shapes:AssessmentListResult"),
    Command("legal show", "kanmon.reviews.legal.cli:show", "One assessment with all its versions, the newest first, as one JSON object.", "kanmon.reviews.legal.shapes:AssessmentVersions"),
    Command("audit gap", "kanmon.audits.gap.cli.gap:audit_gap", "People whose data went, or would go, to a client without valid consent.", "kanmon.audits.gap.shapes:GapResult"),
    Command("audit screens", "kanmon.audits.gap.cli.displayed:audit_screens", "Screens that showed other words than those in force, since when, and how often.", "kanmon.audits.gap.shapes:ScreensResult"),
    Command("audit coverage", "kanmon.reviews.screens.cli:audit_coverage", "Open the board's screens in a browser, and say where they don't show exactly the words in force.", "kanmon.reviews.screens.shapes:CoverageResult"),
    Command("audit reliance", "kanmon.audits.reliance.cli:audit_reliance", "What was provided on consents to a policy version: all that its invalidation would reach back to.", "kanmon.audits.reliance.shapes:RelianceResult"),
    Command("audit drift", "kanmon.audits.drift.cli:audit_drift", "Look at models in use; a client with an alarm is stopped until the privacy owner resumes it (exit status 4).", "kanmon.audits.drift.shapes:DriftListResult"),
    Command("audit fairness", "kanmon.audits.fairness.cli:audit_fairness", "Compare groups of applicants by the measures of Local Law 144, and find features that stand in for them.", "kanmon.audits.fairness.shapes:FairnessResult"),
    Command("audit provisions", "kanmon.audits.rejudgement.cli:audit_provisions", "Judge every past provision afresh from the evidence, by code of its own; ends with 4 where one falls.", "kanmon.audits.rejudgement.shapes:ProvisionsResult"),
    Command("audit use", "kanmon.audits.use.cli:audit_use_command", "Test whether clients' decisions depend on scores: exit status 4 where one is found, and suspended.", "kanmon.audits.use.shapes:UseResult"),
    Command("audit ledger", "kanmon.audits.cli:audit_ledger", "Read the whole ledger again, and say where it is not what was signed, and where rows are not what it says.", "kanmon.audits.shapes:LedgerResult"),
    Command("law duties", "kanmon.audits.abroad.cli:law_duties", "Say which duties the laws abroad that contracts name put on each client, and what object meets each.", "kanmon.audits.abroad.shapes:DutiesResult"),
    Command("law document", "kanmon.audits.abroad.cli:law_document", "Write technical documentation or an impact assessment from the workspace, each statement with its source.", "kanmon.audits.abroad.shapes:DocumentResult"),
    Command("incident open", "kanmon.incidents.cli.incident:open_incident", "Record an incident; of class U the gate closes at once to everybody whom it may concern.", "kanmon.incidents.shapes:IncidentResult"),
    Command("incident estimate", "kanmon.incidents.cli.incident:estimate", "Record what is known by now: how many people, which of items (i) to (iii) is met. What was known before stays.", "kanmon.incidents.shapes:IncidentResult"),
    Command("incident affected", "kanmon.incidents.cli.incident:affected", "Compute whom it affects, from what was logged; nobody can be typed in. Class U goes on holding those alone.", "kanmon.incidents.shapes:IncidentResult"),
    Command("incident fact", "kanmon.incidents.cli.incident:fact", "Record words for one of the items of a report: outline, items, cause, secondary_damage, response, publication,\nprevention, other.", "kanmon.incidents.shapes:IncidentResult"),
    Command("incident report", "kanmon.incidents.cli.incident:report", "Record that a report was made; a final one says all nine items.", "kanmon.incidents.shapes:IncidentResult"),
    Command("incident close", "kanmon.incidents.cli.incident:close", "End an incident: first look with --dry-run at what is public and what is missing, then --confirm what was shown.\n\nEvery person must be told, or a public notice stand in the place of letters; whom it affects has to agree anew.", "kanmon.incidents.shapes:IncidentStepResult"),
    Command("incident publish", "kanmon.incidents.cli.incident:publish", "Make an incident public at /notices: first look with --dry-run at the very words, then --confirm just these.", "kanmon.incidents.shapes:IncidentStepResult"),
    Command("incident show", "kanmon.incidents.cli.incident:show", "One incident: what is known, what is due until when, how many people it affects; `--json` names everyone.", "kanmon.incidents.shapes:ShownIncident"),
    Command("incident list", "kanmon.incidents.cli.incident:list_incidents", "Every incident, the newest first, with what is due next.", "kanmon.incidents.shapes:IncidentListResult"),
    Command("incident notify", "kanmon.incidents.notices.cli:notify", "Write to everybody affected whom nobody has written to yet; `kanmon mail hand-over` hands the letters over.", "kanmon.incidents.notices.shapes:NotifyResult"),
    Command("incident public-notice", "kanmon.incidents.notices.cli:public_notice", "The words for the public: for those whom nothing else reaches.", "kanmon.incidents.notices.shapes:NoticeWords"),
    Command("client check", "kanmon.clients.papers.cli:check", "Record what staff asked about a client's use of scores, what it answered, and what follows.\n\nFor the platform's staff.", "kanmon.clients.papers.shapes:PaperResult"),
    Command("client paper", "kanmon.clients.papers.cli:paper", "Record a client's signed use agreement, or its published notice. For the platform's staff.", "kanmon.clients.papers.shapes:PaperResult"),
    Command("client show", "kanmon.clients.papers.cli:show", "Everything on record of one client: papers, checks, what its contract states, what is due.", "kanmon.clients.papers.shapes:ClientFileResult"),
    Command("client list", "kanmon.clients.papers.cli:list_clients", "Every client, with the checks of use that are due.", "kanmon.clients.papers.shapes:ClientListResult"),
    Command("client questions", "kanmon.clients.papers.cli:questions", "The questions of the checks before and after use, by version; answers name them.", "kanmon.clients.papers.shapes:QuestionsResult"),
    Command("matter open", "kanmon.incidents.matters.cli:open_matter", "Record what an authority asks: a hearing, a demand for a report, guidance, a recommendation, an order.\n\nFor a privacy owner or legal.", "kanmon.incidents.matters.shapes:MatterResult"),
    Command("matter add", "kanmon.incidents.matters.cli:add", "Add one thing to a matter: a paper, another last day, an incident that it is about, or a measure by its ledger entry.", "kanmon.incidents.matters.shapes:MatterResult"),
    Command("matter answer", "kanmon.incidents.matters.cli:answer", "Record what was answered to an authority, with the paper that was sent.", "kanmon.incidents.matters.shapes:MatterResult"),
    Command("matter show", "kanmon.incidents.matters.cli:show", "One matter of an authority with everything recorded of it.", "kanmon.incidents.matters.shapes:MatterResult"),
    Command("matter list", "kanmon.incidents.matters.cli:list_matters", "Every matter of an authority, the newest first, with how it stands.", "kanmon.incidents.matters.shapes:MatterListResult"),
    Command("matter close", "kanmon.incidents.matters.cli:close", "End a matter of an authority; only guidance ends without an answer.", "kanmon.incidents.matters.shapes:MatterResult"),
    Command("mail hand-over", "kanmon.incidents.notices.cli:hand_over", "Hand over what waits, each letter at most once; begun again after a crash, it goes on where it was.\n\nKANMON_SMTP_URL names the mail server, KANMON_SMTP_PASSWORD_FILE its password, KANMON_MAIL_FROM who writes.", "kanmon.incidents.notices.shapes:LettersResult"),
    Command("mail list", "kanmon.incidents.notices.cli:list_mail", "Letters by what became of them.", "kanmon.incidents.notices.shapes:LettersResult"),
    Command("mail doubts", "kanmon.incidents.notices.cli:doubts", "The letters of which nobody knows whether they were taken; `kanmon mail settle` decides on them.", "kanmon.incidents.notices.shapes:DoubtsResult"),
    Command("mail settle", "kanmon.incidents.notices.cli:settle", "Decide on letters in doubt: they count as delivered, or are sent again. Each decision is kept with its reason.", "kanmon.incidents.notices.shapes:SettledResult"),
    Command("report list", "kanmon.provision.cli:list_reports", "Every report that a client received, the newest first, and what it did about each.", "kanmon.provision.shapes:ReportListResult"),
    Command("report show", "kanmon.provision.cli:show", "One report as the client may read it now: model, law, categories with their people; --json has its rows.", "kanmon.provision.shapes:ReportResult"),
    Command("subject show", "kanmon.rights.answer.cli:subject_show", "Tell a member: was I scored, by whom, why, on what consent, and who got it.", "kanmon.rights.answer.shapes:SubjectResult"),
    Command("subject withdraw", "kanmon.rights.withdrawal.cli:subject_withdraw", "Withdraw a member's consent; nothing is provided on it once this command has ended.", "kanmon.rights.withdrawal.shapes:WithdrawalResult"),
    Command("subject erase", "kanmon.rights.erasure.cli:subject_erase", "Erase a member for good, everywhere; records of provision stay locked as long as the law wants them kept.", "kanmon.rights.erasure.shapes:ErasureResult"),
    Command("subject receipts", "kanmon.rights.answer.cli:subject_receipts", "Write a receipt for each act and each provision of a member; `kanmon verify` checks one offline.", "kanmon.rights.answer.shapes:ReceiptsResult"),
    Command("subject training", "kanmon.rights.answer.cli:subject_training", "Tell whose models a member's history trained, on what consent, with a proof that `kanmon verify` checks.", "kanmon.rights.answer.shapes:TrainingAnswer"),
    Command("subject answer", "kanmon.rights.answer.cli:subject_answer", "Answer a member's \"was I scored?\" for good: into the ledger, and as a receipt that `kanmon verify` checks.", "kanmon.rights.answer.shapes:AnswerResult"),
    Command("subject consents", "kanmon.rights.records.cli:subject_consents", "The record of each of a member's consents, with the mandatory fields of ISO/IEC TS 27560.", "kanmon.rights.records.shapes:ConsentsResult"),
    Command("subject object", "kanmon.rights.requests.cli:subject_object", "Stop scoring and providing about a member until it is lifted, or training alone; it counts at the end.", "kanmon.rights.requests.shapes:ObjectionResult"),
    Command("subject lift", "kanmon.rights.requests.cli:subject_lift", "Lift a member's stop, or that of training alone.", "kanmon.rights.requests.shapes:ObjectionResult"),
    Command("subject correct", "kanmon.rights.requests.cli:subject_correct", "Ask for a correction; without an option, the browsers and days that are taken for the member's are listed.", "kanmon.rights.requests.shapes:CorrectionResult"),
    Command("subject review", "kanmon.rights.requests.cli:subject_review", "Ask that a person looks at a score; a company that has it is asked to look again too.", "kanmon.rights.requests.shapes:RequestResult"),
    Command("subject disclose", "kanmon.rights.requests.cli:subject_disclose", "Disclose everything that is held about a member: a document to read, JSON, receipts and a check code.", "kanmon.rights.requests.shapes:RequestResult"),
    Command("subject requests", "kanmon.rights.requests.cli:subject_requests", "The worklist: every request with its deadline and what became of it, those that wait first.", "kanmon.rights.requests.shapes:RequestListResult"),
    Command("subject decide", "kanmon.rights.requests.cli:subject_decide", "Decide a request: a correction that is accepted is put in force at once.", "kanmon.rights.requests.shapes:RequestResult"),
    Command("recall tick", "kanmon.rights.recall.cli.recall:recall_tick", "Do what is due: ask for whoever withdrew, remind, stop whoever is overdue; again, it does nothing.", "kanmon.rights.recall.shapes:RecallTickResult"),
    Command("recall incident", "kanmon.rights.recall.cli.recall:recall_incident", "Ask each client to erase its own rows of the people whom an incident affects.", "kanmon.rights.recall.shapes:RecallIncidentResult"),
    Command("recall show", "kanmon.rights.recall.cli.show:recall_show", "Every request to a recipient, and how it stands.", "kanmon.rights.recall.shapes:RecallShowResult"),
    Command("link review", "kanmon.linkage.cli:review", "Show the applicants that wait for a person's look, or decide about them; all decisions hold or none.", "kanmon.linkage.shapes:LinkReviewResult"),
    Command("account add", "kanmon.access.cli.making:account_add", "Make an account for one person, and print its first password, once.", "kanmon.access.shapes:MadeAccount"),
    Command("account bind", "kanmon.access.cli.making:account_bind", "Let somebody sign in to an account through an OpenID provider.", "kanmon.access.shapes:BoundAccount"),
    Command("account list", "kanmon.access.cli.accounts:account_list", "List every account, with its open sessions and passkeys.", "kanmon.access.shapes:AccountListResult"),
    Command("account close", "kanmon.access.cli.accounts:account_close", "Close an account: its sessions end, and nobody comes in by it in any way, until it is reset.", "kanmon.access.shapes:ClosedAccount"),
    Command("account reset", "kanmon.access.cli.accounts:account_reset", "Have an account begin anew, a closed one too: sessions, passkeys and identities go; print a new password.", "kanmon.access.shapes:ResetAccount"),
    Command("account sessions", "kanmon.access.cli.accounts:account_sessions", "List the open sessions of an account, or end them.", "kanmon.access.shapes:SessionsResult"),
    Command("key add", "kanmon.intake.cli.events:key_add", "Make a key, and print it, once.", "kanmon.intake.cli.shapes:MadeKey"),
    Command("key list", "kanmon.intake.cli.events:key_list", "List every key by its label: what it opens, for whom, since when, and whether it was revoked; never the key.", "kanmon.intake.cli.shapes:KeyListResult"),
    Command("key revoke", "kanmon.intake.cli.events:key_revoke", "End a key: from now on it opens nothing.", "kanmon.intake.cli.shapes:RevokedKey"),
    Command("hold list", "kanmon.consent.holds.cli:hold_list", "Tell who is on hold, and by which row.", "kanmon.consent.holds.shapes:HoldListResult"),
    Command("hold lift", "kanmon.consent.holds.cli:hold_lift", "Lift holds, or close alerts, as the privacy owner, after looking at what the rows mean.", "kanmon.consent.holds.shapes:LiftResult"),
    Command("ledger rotate-key", "kanmon.ledger.cli.keys:rotate_key", "Have a new key sign the ledger from now on. For a privacy owner. Back up the new file, and publish the key.", "kanmon.ledger.shapes:KeySuccession"),
    Command("ledger witness", "kanmon.ledger.witnesses.cli:ask_witnesses", "Have the witnesses that settings name cosign the newest checkpoint now; the worker does so by itself.\n\nExit with 4 where a witness holds another log than ours, or where too few have cosigned.", "kanmon.ledger.shapes:AskedWitnesses"),
    Command("ledger consistency", "kanmon.ledger.witnesses.cli:consistency", "Write the proof that one checkpoint extends another: `kanmon verify` takes it beside two receipts.", "kanmon.ledger.shapes:ConsistencyResult"),
    Command("ledger keys", "kanmon.ledger.cli.keys:keys", "The key that signs the ledger, as it is published, and how it followed those before it.", "kanmon.ledger.shapes:KeysResult"),
)
# fmt: on
