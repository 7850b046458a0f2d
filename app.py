"""The planner's desk: `make app`, or `streamlit run app.py`.

Streamlit runs this file twice over: once as the server's module, where it makes the application
with its safe headers, and once a page view as the script, where it shows the page.
"""

import streamlit as st

from planner.ui import pages, server

if __name__ == "__main__":
    st.set_page_config(page_title=pages.TITLE, page_icon=pages.ICON, layout="wide")
    st.navigation(pages.pages(), position="top").run()
else:
    server.prepare()
    app = st.App(
        __file__,
        routes=server.ROUTES,
        middleware=server.MIDDLEWARE,
        on_script_error=server.report_error,
    )
