"""The one store of a test server: imported once, while the script runs once a page view."""

from tests.ui.memory_store import MemoryStore

STORE = MemoryStore()
