-- Rollups as stored, and of what is newer than the watermark as computed while asked.
create view kept_5m as
select point_id, time, min, max, sum, count from stored_5m
union all
select point_id, date_bin('5 minutes', time, '2000-01-01 00:00+00') as time, min(value), max(value), sum(value), count(*)
from sample where time >= (select watermark from rollup_state)
group by point_id, date_bin('5 minutes', time, '2000-01-01 00:00+00');

create view kept_1h as
select point_id, time, min, max, sum, count from stored_1h
union all
select point_id, date_bin('1 hour', time, '2000-01-01 00:00+00') as time, min(value), max(value), sum(value), count(*)
from sample where time >= (select watermark from rollup_state)
group by point_id, date_bin('1 hour', time, '2000-01-01 00:00+00');

create view kept_1d as
select point_id, time, min, max, sum, count from stored_1d
union all
select point_id, date_bin('1 day', time, '2000-01-01 00:00+00') as time, min(min), max(max), sum(sum), sum(count)::bigint
from kept_1h
where time >= (select date_bin('1 day', watermark, '2000-01-01 00:00+00') from rollup_state)
group by point_id, date_bin('1 day', time, '2000-01-01 00:00+00');
