"""The planner's desk: Streamlit pages and their helpers. No rule of the business lives here."""
