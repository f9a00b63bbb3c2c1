-- What a building told by itself while the collector was out of reach (events `edge.told`), and which problem has taken it over.

create table edge_taken (
    event_id   bigint primary key references event on delete cascade,
    problem_id bigint not null references problem on delete cascade
);
create index edge_taken_problem on edge_taken (problem_id);
create index event_edge on event (device_id, id) where kind = 'edge.told';
