//! The tests of the product, by what they are about.
