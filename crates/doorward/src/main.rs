//! Doorward: the front door for self-hosted tools that ship without one.
//!
//! The binary: commands ([`cli`]), configuration ([`config`]), putting the rooms together ([`compose`]), running wrapped tools
//! ([`supervise`]). Rules, storage, pages and proxying live in their own crates; nothing here decides who may do what.

mod cli;
mod compose;
mod config;
mod descriptors;
mod exit;
mod fetch;
mod signals;
mod supervise;

/// As fast as the system's, with less memory held.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
