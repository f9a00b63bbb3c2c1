-- What a person has resolved may go on: it is not told again until its condition has been seen to be over and has come anew.

alter table problem add column goes_on boolean not null default false; -- resolved by a person, and not seen to be over since
create index problem_goes_on on problem (id) where goes_on;

update problem p set goes_on = true
where p.state = 'resolved' and p.resolved_at > now() - interval '7 days'
  and (select e.who is not null from problem_event e where e.problem_id = p.id and e.change = 'resolved' order by e.id desc limit 1);
