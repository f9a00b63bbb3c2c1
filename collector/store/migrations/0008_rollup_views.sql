-- The rollups that everybody reads: what is kept, but hours with a mark are computed from the samples while asked.
create view rollup_dirty_hour as
select hour, range_agg(int4range(low, high, '[]')) as points from rollup_dirty group by hour;

create view rollup_dirty_day as
select date_bin('1 day', hour, '2000-01-01 00:00+00') as day, range_agg(int4range(low, high, '[]')) as points
from rollup_dirty group by 1;

create view rollup_5m as
select point_id, time, min, sum / count as avg, max, count from kept_5m kept
where not exists (
    select from rollup_dirty_hour dirty
    where dirty.hour = date_bin('1 hour', kept.time, '2000-01-01 00:00+00') and dirty.points @> kept.point_id
)
union all
select fresh.* from rollup_dirty_hour dirty cross join lateral (
    select point_id, date_bin('5 minutes', time, '2000-01-01 00:00+00') as time,
           min(value), sum(value) / count(*), max(value), count(*)
    from sample
    where time >= dirty.hour and time < dirty.hour + interval '1 hour' and dirty.points @> point_id
    group by 1, date_bin('5 minutes', time, '2000-01-01 00:00+00')
) fresh;

create view rollup_1h as
select point_id, time, min, sum / count as avg, max, count from kept_1h kept
where not exists (
    select from rollup_dirty_hour dirty where dirty.hour = kept.time and dirty.points @> kept.point_id
)
union all
select fresh.* from rollup_dirty_hour dirty cross join lateral (
    select point_id, dirty.hour, min(value), sum(value) / count(*), max(value), count(*)
    from sample
    where time >= dirty.hour and time < dirty.hour + interval '1 hour' and dirty.points @> point_id
    group by point_id
) fresh;

create view rollup_1d as
select point_id, time, min, sum / count as avg, max, count from kept_1d kept
where not exists (
    select from rollup_dirty_day dirty where dirty.day = kept.time and dirty.points @> kept.point_id
)
union all
select fresh.* from rollup_dirty_day dirty cross join lateral (
    select point_id, dirty.day, min(min), sum(avg * count) / sum(count), max(max), sum(count)::bigint
    from rollup_1h
    where time >= dirty.day and time < dirty.day + interval '1 day' and dirty.points @> point_id
    group by point_id
) fresh;
