//! Wrapping a tool.
