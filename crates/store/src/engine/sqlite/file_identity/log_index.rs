//! Whether the engine's log still holds what its index says it does.
//!
//! The index (`-shm`) is shared memory that the engine never reads back from the log while it runs: it goes on where it was, after a log that
//! somebody cut short or wrote over, and copies what is not there into the database. What the index says is compared with the ends of the log:
//! its length, its header, and the header of the last frame that was committed. What was written over in between is not found.
//! The formats are those of <https://www.sqlite.org/walformat.html>.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::part;

/// Bytes of the index's header, of which there are two copies, one after the other.
const INDEX_HEADER: usize = 48;
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// The index, by which every process finds what is in the log.
#[derive(Debug)]
pub(super) struct LogIndex {
    /// Never closed: closing any handle on this file takes the engine's locks on it from the whole process.
    file: ManuallyDrop<File>,
}

impl LogIndex {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: ManuallyDrop::new(File::open(path)?) })
    }

    /// Whether this log holds what it says. May be asked while others write: they write the log first, then the index, and empty the
    /// index first.
    pub(super) fn is_borne_out_by(&self, log: &Path) -> bool {
        let mut said = self.read();
        while let Some(header) = said {
            if header.is_borne_out_by(log) {
                return true;
            }
            // Not if that was the log from before, or of after.
            let now = self.read();
            if now == said {
                return false;
            }
            said = now;
        }
        true
    }

    /// How long the database is with all that was committed, in bytes; `None` while that is not said.
    pub(super) fn committed(&self) -> Option<u64> {
        let said = self.read().filter(|said| said.pages > 0)?;
        Some(said.page_size().saturating_mul(u64::from(said.pages)))
    }

    /// `None` while somebody writes it, and where there is nothing yet.
    fn read(&self) -> Option<Header> {
        let mut copies = [0; 2 * INDEX_HEADER];
        self.file.read_exact_at(&mut copies, 0).ok()?;
        let (first, second) = copies.split_at(INDEX_HEADER);
        if first != second {
            return None;
        }
        Some(Header {
            page_size: u16::from_ne_bytes(part(first, 14)?),
            frames: u32::from_ne_bytes(part(first, 16)?),
            pages: u32::from_ne_bytes(part(first, 20)?),
            checksums: [u32::from_ne_bytes(part(first, 24)?), u32::from_ne_bytes(part(first, 28)?)],
            salts: part(first, 32)?,
        })
    }
}

/// What the index says of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    /// 65536 is said as 1.
    page_size: u16,
    /// How many were committed.
    frames: u32,
    /// Of the database with all that was committed; 0 while nothing was, since the log was found empty.
    pages: u32,
    /// Of the last of them.
    checksums: [u32; 2],
    /// Other ones each time the log begins anew.
    salts: [u8; 8],
}

impl Header {
    fn page_size(self) -> u64 {
        if self.page_size == 1 { 65536 } else { u64::from(self.page_size) }
    }

    fn is_borne_out_by(&self, log: &Path) -> bool {
        let Some(before_last) = self.frames.checked_sub(1) else { return true };
        // That it is gone is for others to say.
        let Ok(log) = File::open(log) else { return true };
        let page_size = self.page_size();
        let last =
            LOG_HEADER.saturating_add(u64::from(before_last).saturating_mul(FRAME_HEADER.saturating_add(page_size)));
        let end = last.saturating_add(FRAME_HEADER).saturating_add(page_size);
        let (mut beginning, mut frame) = ([0; 32], [0; 24]);
        log.metadata().is_ok_and(|found| found.len() >= end)
            && log.read_exact_at(&mut beginning, 0).is_ok()
            && log.read_exact_at(&mut frame, last).is_ok()
            && part(&beginning, 16) == Some(self.salts)
            && is_header(&beginning) == Some(true)
            && part(&frame, 8) == Some(self.salts)
            && part(&frame, 16).map(u32::from_be_bytes) == Some(self.checksums[0])
            && part(&frame, 20).map(u32::from_be_bytes) == Some(self.checksums[1])
    }
}

/// Whether a log may begin so: known by its first word, and summed up by its last two.
fn is_header(bytes: &[u8; 32]) -> Option<bool> {
    let read_word: fn([u8; 4]) -> u32 = match u32::from_be_bytes(part(bytes, 0)?) {
        0x377f_0682 => u32::from_le_bytes,
        0x377f_0683 => u32::from_be_bytes,
        _ => return Some(false),
    };
    let (mut first, mut second) = (0_u32, 0_u32);
    for at in [0, 8, 16] {
        first = first.wrapping_add(read_word(part(bytes, at)?)).wrapping_add(second);
        second = second.wrapping_add(read_word(part(bytes, at + 4)?)).wrapping_add(first);
    }
    Some(u32::from_be_bytes(part(bytes, 24)?) == first && u32::from_be_bytes(part(bytes, 28)?) == second)
}
