//! The binary as its users meet it: real processes, a real database in a folder of its own for each test.

mod audit;
mod config;
mod keeper;
mod people;
mod support;
mod wrap;
