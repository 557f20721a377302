-- Times are nanoseconds since 1970; 0 and 1 stand for false and true.

CREATE TABLE longshore_jobs (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of submission
    id text NOT NULL UNIQUE,
    version bigint NOT NULL,
    epoch bigint NOT NULL,
    job_key text UNIQUE,
    deployment text NOT NULL,
    priority integer NOT NULL,
    state text NOT NULL,
    cancel_requested integer NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    running_at bigint,
    ended_at bigint, -- NULL until the job has ended
    queued integer NOT NULL, -- 1 while a claim by turn may take it
    claim_order bigint, -- of its first claim; NULL where nobody ever claimed it, and once it has ended
    owner text, -- NULL too where its claim was given up
    result text NOT NULL
);

CREATE INDEX longshore_jobs_queue ON longshore_jobs (deployment, priority DESC, sequence) WHERE queued = 1;

CREATE INDEX longshore_jobs_claimed ON longshore_jobs (owner, claim_order) WHERE claim_order IS NOT NULL;

CREATE INDEX longshore_jobs_ended ON longshore_jobs (ended_at, sequence) WHERE ended_at IS NOT NULL;

-- Apart from the jobs, as a claim never looks into them.
CREATE TABLE longshore_requests (
    job bigint PRIMARY KEY,
    request text NOT NULL
);

CREATE TABLE longshore_items (
    job bigint NOT NULL,
    number integer NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (job, number)
);

-- A deployment's row is locked by whoever changes its numbers; room in each page keeps such changes off the index.
CREATE TABLE longshore_deployments (
    name text PRIMARY KEY,
    queued bigint NOT NULL, -- how many jobs are
    waiting integer NOT NULL, -- 1 where queued > 0, so that most changes of queued leave the index alone
    claimed bigint NOT NULL, -- how many jobs are
    turn bigint NOT NULL -- of its last claim: the smallest is next
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX longshore_deployments_turn ON longshore_deployments (turn) WHERE waiting = 1;

CREATE TABLE longshore_owners (
    id text PRIMARY KEY,
    machine text NOT NULL,
    pid bigint NOT NULL,
    started_at text NOT NULL,
    lease_end bigint NOT NULL
);

CREATE SEQUENCE longshore_turns;
