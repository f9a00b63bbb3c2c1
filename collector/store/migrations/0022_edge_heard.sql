-- When the collector heard that a building had told of something by a rule that is the building's alone: what it opens of its own soon
-- after is the same matter.

create table edge_heard (
    event_id bigint primary key references event on delete cascade,
    heard_at timestamptz not null
);
