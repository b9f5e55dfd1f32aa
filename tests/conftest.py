"""What holds for every test; fixtures live beside the tests that use them."""

import os

from hypothesis import settings

# No deadline: a slow machine proves nothing about a law. In CI the same examples every time: a change is not judged by luck.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("house")
