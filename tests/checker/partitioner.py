"""Where Kafka's default partitioner puts a key, by its published algorithm (murmur2); what follows from that stands elsewhere."""

_FACTOR, _SHIFT, _SEED, _WORD = 0x5BD1E995, 24, 0x9747B28C, 0xFFFFFFFF


def partition_of(key: str, partitions: int) -> int:
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(key: bytes) -> int:
    whole = len(key) & ~3
    found = _SEED ^ len(key)
    for at in range(0, whole, 4):
        word = int.from_bytes(key[at : at + 4], "little") * _FACTOR & _WORD
        word = (word ^ word >> _SHIFT) * _FACTOR & _WORD
        found = (found * _FACTOR & _WORD) ^ word
    if whole < len(key):
        found = (found ^ int.from_bytes(key[whole:], "little")) * _FACTOR & _WORD
    found = (found ^ found >> 13) * _FACTOR & _WORD
    return found ^ found >> 15
