-- Times are nanoseconds since 1970; 0 and 1 stand for false and true.

CREATE TABLE longshore_jobs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of submission
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    job_key TEXT UNIQUE,
    deployment TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    cancel_requested INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    running_at INTEGER,
    ended_at INTEGER, -- NULL until the job has ended
    queued INTEGER NOT NULL, -- 1 while a claim by turn may take it
    claim_order INTEGER, -- of its first claim; NULL where nobody ever claimed it, and once it has ended
    owner TEXT, -- NULL too where its claim was given up
    result TEXT NOT NULL
);

CREATE INDEX longshore_jobs_queue ON longshore_jobs (deployment, priority DESC, sequence) WHERE queued = 1;

CREATE INDEX longshore_jobs_claimed ON longshore_jobs (owner, claim_order) WHERE claim_order IS NOT NULL;

CREATE INDEX longshore_jobs_ended ON longshore_jobs (ended_at, sequence) WHERE ended_at IS NOT NULL;

-- Apart from the jobs, as a change of a job writes its row anew.
CREATE TABLE longshore_requests (
    job INTEGER PRIMARY KEY,
    request TEXT NOT NULL
);

CREATE TABLE longshore_items (
    job INTEGER NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;

CREATE TABLE longshore_deployments (
    name TEXT NOT NULL PRIMARY KEY,
    queued INTEGER NOT NULL, -- how many jobs are
    waiting INTEGER NOT NULL, -- 1 where queued > 0, so that most changes of queued leave the index alone
    claimed INTEGER NOT NULL, -- how many jobs are
    turn INTEGER NOT NULL -- of its last claim: the smallest is next
) WITHOUT ROWID;

CREATE INDEX longshore_deployments_turn ON longshore_deployments (turn, claimed) WHERE waiting = 1;

CREATE TABLE longshore_owners (
    id TEXT NOT NULL PRIMARY KEY,
    machine TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    lease_end INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE longshore_turns (
    last INTEGER NOT NULL
);

INSERT INTO longshore_turns VALUES (0);
