"""Is a worker ready exactly while it has what it was assigned, restored, and do all who ask hear the same?"""

from processor.settings import Settings
from processor.stream.agreement import Agreement
from processor.stream.lanes import Lanes
from processor.stream.observer import Nobody
from tests.kafka.workers import SAMPLE_POLICY


class Told(Nobody):
    ready = False

    def started(self) -> None:
        self.ready = True

    def released(self) -> None:
        self.ready = False


async def test_who_has_nothing_is_ready_until_the_next_rebalance_and_a_seek_that_comes_too_late_starts_nothing():
    told = Told()
    lanes = Lanes(Settings(broker="127.0.0.1:1"), (("in",), ("out",)), Agreement(SAMPLE_POLICY).open_core, told)
    await lanes.take_over({})
    assert (lanes.ready, told.ready) == (True, True)
    sought = lanes.positions()
    await lanes.close()
    lanes.start(7, sought)
    assert (lanes.ready, told.ready) == (False, False)
