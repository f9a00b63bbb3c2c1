-- The history in plain PostgreSQL: partitioned by day; rollups are tables kept by a job, read through views.
create table sample (
    point_id int not null,
    time     timestamptz not null,
    value    double precision not null
) partition by range (time);
create index sample_point_time on sample (point_id, time);
