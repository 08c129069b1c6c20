//! Whether all of the file is there.
//!
//! The engine makes the file shorter only where all of it was written anew (`VACUUM`), and then says in the file's own header how long it is.
//! The format is that of <https://www.sqlite.org/fileformat2.html#the_database_header>.

use parking_lot::Mutex;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt as _;

use super::part;

/// How long the file was when it was last looked at, and what it said of itself.
#[derive(Debug)]
pub(super) struct Extent {
    /// Never closed: closing any handle on this file takes the engine's locks on it from the whole process.
    file: ManuallyDrop<File>,
    known: Mutex<Known>,
}

impl Extent {
    pub(super) fn of(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let extent =
            Self { file: ManuallyDrop::new(file), known: Mutex::new(Known { length, counter: 0, is_exact: false }) };
        extent.is_all_there(|| None);
        Ok(extent)
    }

    /// Whether it is as long as it was, or whole all the same. `committed` is how long the engine has it by its last commit, in bytes.
    pub(super) fn is_all_there(&self, committed: impl Fn() -> Option<u64>) -> bool {
        // Looked at and remembered by one after another, so that nobody remembers what is over.
        let mut known = self.known.lock();
        let mut seen = self.look();
        loop {
            if known.accepts(seen, &committed) {
                return true;
            }
            // Not if the engine was writing it.
            let now = self.look();
            if now == seen {
                return false;
            }
            seen = now;
        }
    }

    fn look(&self) -> Seen {
        let length = self.file.metadata().map_or(0, |found| found.len());
        let mut bytes = [0; 100];
        let header = self.file.read_exact_at(&mut bytes, 0).ok().and_then(|()| Header::read(&bytes));
        Seen { length, header }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    length: u64,
    header: Option<Header>,
}

#[derive(Debug)]
struct Known {
    length: u64,
    /// How often the header was changed, as of when the file was last as long as that says: while the log is copied into the file, the header is
    /// ahead of the rest.
    counter: u32,
    is_exact: bool,
}

impl Known {
    fn accepts(&mut self, seen: Seen, committed: impl Fn() -> Option<u64>) -> bool {
        let exact = seen.header.filter(|header| header.length == seen.length);
        let is_no_shorter = seen.length >= self.length;
        // A copy from before, put in the place of what is in it, is whole too. One connection counts once, whatever it changes: what it made
        // shorter shows in what it committed then.
        let is_later = |header: Header| {
            (self.is_exact && header.counter > self.counter) || committed().is_some_and(|bytes| bytes <= seen.length)
        };
        if !is_no_shorter && !exact.is_some_and(is_later) {
            return false;
        }
        self.length = seen.length;
        if let Some(header) = exact {
            (self.counter, self.is_exact) = (self.counter.max(header.counter), true);
        }
        true
    }
}

/// What the file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    counter: u32,
    /// In bytes.
    length: u64,
}

impl Header {
    fn read(bytes: &[u8; 100]) -> Option<Self> {
        // 65536 does not fit.
        let page_size = match u16::from_be_bytes(part(bytes, 16)?) {
            1 => 65536,
            size => u64::from(size),
        };
        let word = |at| part(bytes, at).map(u32::from_be_bytes);
        let (counter, pages) = (word(24)?, word(28)?);
        // What wrote the header last may not have known that it says a length.
        let says_length = word(92)? == counter;
        says_length.then(|| Self { counter, length: page_size.saturating_mul(u64::from(pages)) })
    }
}
