"""Is a project fit for release? Its code and its documentation are reviewed by workflows of their own (P5)."""
