"""The desk on a store in memory, for tests of the pages in a browser: the server that `make app`
starts, with another store behind it. A solve is over when it has been asked for."""

import streamlit as st

from planner.ui import pages, server, state
from tests.browser.kept import STORE

state.store = lambda: STORE

if __name__ == "__main__":
    st.set_page_config(page_title=pages.TITLE, page_icon=pages.ICON, layout="wide")
    st.navigation(pages.pages(), position="top").run()
else:
    app = st.App(
        __file__,
        routes=server.ROUTES,
        middleware=server.MIDDLEWARE,
        on_script_error=server.report_error,
    )
