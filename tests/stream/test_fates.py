"""A coordinator that does not say at once how a transaction ended is asked again: else what was committed would come twice."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import GroupLoadInProgressError, KafkaConnectionError, TransactionalIdAuthorizationFailed

from processor.stream import fates

OPTIONS = {"bootstrap_servers": "anywhere"}


class Client:
    """Says one after the other: an error code, a state, or an error to raise."""

    says: list[Any]

    def __init__(self, **_: Any) -> None: ...

    async def bootstrap(self) -> None: ...

    async def close(self) -> None: ...

    async def coordinator_lookup(self, *_: Any) -> int:
        return 1

    async def send(self, *_: Any) -> Any:
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        code, state = (said, "") if isinstance(said, int) else (0, said)
        return SimpleNamespace(transactions=[(code, "id", state, 0, 0, 0, 0, [])])


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> type[Client]:
    monkeypatch.setattr(fates, "AIOKafkaClient", Client)
    monkeypatch.setattr(fates, "ASK_EVERY_S", 0)
    return Client


async def test_it_is_asked_again_while_it_loads_or_is_away(client: type[Client]):
    client.says = [GroupLoadInProgressError.errno, KafkaConnectionError("gone"), "CompleteCommit"]
    assert await fates.committed(OPTIONS, ["id"]) == {"id"}


@pytest.mark.parametrize("said", [fates.NEVER_HEARD_OF, "CompleteAbort", "Ongoing", "Empty"])
async def test_what_it_never_heard_of_or_has_not_committed_is_not_committed(client: type[Client], said: int | str):
    client.says = [said]
    assert await fates.committed(OPTIONS, ["id"]) == set()


async def test_a_refusal_is_no_answer(client: type[Client]):
    client.says = [TransactionalIdAuthorizationFailed.errno]
    with pytest.raises(TransactionalIdAuthorizationFailed):
        await fates.committed(OPTIONS, ["id"])


async def test_it_is_not_asked_for_ever(client: type[Client], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fates, "ASK_FOR_S", 0.1)
    client.says = [GroupLoadInProgressError.errno] * 1_000_000
    with pytest.raises(TimeoutError):
        await fates.committed(OPTIONS, ["id"])
