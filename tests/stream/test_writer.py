"""The writer's own precautions; what it does with a broker, tests/kafka say."""

import asyncio

from processor.stream import writer
from processor.stream.writer import calmly


async def test_while_the_broker_is_away_metadata_is_asked_for_one_question_at_a_time() -> None:
    asked = 0

    async def away() -> bool:
        nonlocal asked
        asked += 1
        return False

    force = calmly(away)
    for _ in range(100):
        force()
        await asyncio.sleep(0.001)
    assert asked == 1
    await asyncio.sleep(writer.ASK_AGAIN_S)
    force()
    await asyncio.sleep(0)
    assert asked == 2


async def test_an_answer_is_not_held_back() -> None:
    async def there() -> bool:
        return True

    force = calmly(there)
    assert [await force(), await force()] == [True, True]
