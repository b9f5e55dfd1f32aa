"""The agreement of a running worker: its files are looked at again and again; what may come into force is a rule, and outside."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from weakref import WeakValueDictionary

import structlog
from aiokafka.errors import KafkaError

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from processor.domain.versions import UnfitPolicies, contradictions
from processor.domain.watch import Watch
from processor.policy_file import PolicyError, load_policies
from processor.stream.observer import Observer

log = structlog.get_logger()

LOOK_EVERY_S = 2.0
OTHERS_EVERY = 5  # looks: how often it is asked by what the other workers decide

Decided = Callable[[], Awaitable[Sequence[Watch]]]  # what is durable of every partition, whoever owns it; raises aiokafka's KafkaError


class Agreement:
    def __init__(self, folder: Path) -> None:
        """PolicyError where the files cannot be understood."""
        self._seen = _content(folder)  # before they are read: what changes meanwhile is seen at the next look
        self.folder, self.policies = folder, load_policies(folder)
        self._cores: WeakValueDictionary[int, Partition] = WeakValueDictionary()

    def open_core(self, number: int, states: Mapping[bytes, bytes], watch: bytes) -> Partition:
        """UnfitPolicies where the partition was decided by others."""
        core = self._cores[number] = Partition(number, self.policies, states, watch)
        return core

    def look(self) -> Policies | PolicyError | None:
        """What the files say now, if they have changed since the last look. Takes long: ask in a thread."""
        content = _content(self.folder)
        if content == self._seen:
            return None
        self._seen = content
        try:
            return load_policies(self.folder)
        except PolicyError as error:
            return error

    def contradictions(self, policies: Policies) -> list[str]:
        """What speaks against deciding by these from now on, in any partition."""
        return sorted({told for core in list(self._cores.values()) for told in core.contradictions(policies)})

    def require(self, decided: Sequence[Watch]) -> None:
        """Nothing durable speaks against these policies. Raises UnfitPolicies; asked before others are disturbed by a takeover."""
        if told := against(self.policies, decided):
            raise UnfitPolicies(told)

    def adopt(self, policies: Policies) -> None:
        self.policies = policies
        for core in list(self._cores.values()):
            core.adopt(policies)


def against(policies: Policies, decided: Sequence[Watch]) -> list[str]:
    """What speaks against these in what any partition has decided; to which versions its leads are pinned, only a takeover finds out."""
    return sorted({told for watch in decided for told in contradictions(policies, watch.ruled, watch.reached, needed=())})


async def follow(agreement: Agreement, ready: Callable[[], bool], observer: Observer, decided: Decided) -> None:
    """Takes up what the files say anew as soon as all partitions are there to be asked; what is refused is told, and what ruled goes on.

    What other workers decide by is told where it contradicts.
    """
    waiting: Policies | None = None
    disputed: list[str] = []
    for look in count(1):
        await asyncio.sleep(LOOK_EVERY_S)
        found = await asyncio.to_thread(agreement.look)
        if isinstance(found, PolicyError):
            waiting = None
            _refuse(observer, [str(found)])
        waiting = found if isinstance(found, Policies) else waiting
        if waiting is None and look % OTHERS_EVERY:
            continue
        try:
            watches = await decided()
        except KafkaError as error:
            log.warning("by which policies others decide could not be read; it is tried again", error=repr(error))
            continue
        if not waiting:
            disputed = _compare(observer, against(agreement.policies, watches), disputed)
        elif ready():
            _take_up(agreement, observer, waiting, watches)
            waiting = None


def _take_up(agreement: Agreement, observer: Observer, policies: Policies, watches: Sequence[Watch]) -> None:
    if told := sorted({*agreement.contradictions(policies), *against(policies, watches)}):
        _refuse(observer, told)
    else:
        agreement.adopt(policies)
        observer.agreed(policies)
        log.info("the policies have changed", versions=[policy.key for policy in policies.versions])


def _compare(observer: Observer, told: list[str], before: list[str]) -> list[str]:
    observer.disputed(told)
    if told and told != before:
        log.error("partitions were decided by other policies than this worker's; give all workers the same files", why=told)
    return told


def _refuse(observer: Observer, told: list[str]) -> None:
    observer.disagreed()
    log.error("the changed policies are refused; those from before go on", why=told)


def _content(folder: Path) -> dict[str, str]:
    """By name, since a mounted folder may be another one each time."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}
    except OSError:  # gone for a moment, while it is replaced
        return {}
