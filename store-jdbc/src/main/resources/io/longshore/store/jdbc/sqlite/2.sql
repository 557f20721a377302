ALTER TABLE longshore_jobs ADD COLUMN deadline INTEGER; -- NULL for never

CREATE INDEX longshore_jobs_deadline ON longshore_jobs (deadline) WHERE queued = 1 AND deadline IS NOT NULL;
