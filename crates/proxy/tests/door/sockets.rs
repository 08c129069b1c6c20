//! WebSockets whose messages are read.
