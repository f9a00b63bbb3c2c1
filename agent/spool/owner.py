"""Whose spool it is: one that was another agent's before, as after a new enrolment, is taken over with what is not delivered."""

import logging

from agent.spool.schema import State, get, put
from agent.spool.store import Store

log = logging.getLogger(__name__)


def adopt(store: Store) -> bool:
    """Make the spool its agent's own, within a transaction; whether it was another's.

    Then a new stream begins, and what was not acknowledged goes out once more in it, under the new name. What was
    settled is forgotten: it is the other's history, and cannot be replayed under its name.
    """
    owner = get(store.connection, "agent")
    put(store.connection, "agent", store.agent.encode())
    if owner is None or owner == store.agent.encode():
        return False
    store.forget("1")
    store.connection.execute("update batch set state = ? where state = ?", (State.PENDING, State.PUBLISHED))
    store.new_stream()
    log.warning("the spool was agent %s's: what it had not delivered goes out as %s's", owner.decode(), store.agent)
    return True
