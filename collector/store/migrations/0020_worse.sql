-- A live problem may grow graver: a change of its own, told once for each severity that it reaches.

alter table outbox add column severity text not null default ''; -- what it has grown to; empty: another change
alter table outbox drop constraint outbox_problem_id_change_occurrence_channel_id_key;
alter table outbox add unique (problem_id, change, occurrence, channel_id, severity);
alter table outbox drop constraint outbox_change_check;
alter table outbox add check (change in ('opened', 'reopened', 'worsened', 'resolved'));

alter table problem drop constraint problem_silenced_check;
alter table problem add check (silenced in ('opened', 'reopened', 'worsened'));
