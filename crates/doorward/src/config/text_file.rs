//! The text of a file that is read while Doorward serves: whatever it is, reading it neither waits nor takes much memory.

use nix::fcntl::OFlag;
use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// What some editors begin a text with (YAML 1.2.2 section 5.2). It is none of it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a regular file of at most `longest` bytes, or why it cannot be read.
pub fn read_text(path: &Path, longest: u64) -> Result<String, String> {
    // To open a pipe for reading waits for whoever writes to it; opened like this it does not.
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path);
    let file = file.map_err(|error| error.to_string())?;
    if !file.metadata().map_err(|error| error.to_string())?.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > longest {
        return Err(format!("it is longer than {} kB", longest / 1024));
    }
    // What follows one would be passed over: a file that a power cut left full of them would say nothing.
    if bytes.contains(&0) {
        return Err("it holds a zero byte, which no text does".to_owned());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;

    #[test]
    fn only_regular_files_of_a_length_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link, pipe) = (folder.path().join("file"), folder.path().join("link"), folder.path().join("pipe"));
        std::fs::write(&file, "12345").expect("written");
        assert_eq!(read_text(&file, 5).as_deref(), Ok("12345"));
        assert!(read_text(&file, 4).unwrap_err().contains("longer"));
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        assert_eq!(read_text(&link, 5).as_deref(), Ok("12345"), "where a link leads is up to who made it");

        nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).expect("made");
        for never_ends in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            assert!(read_text(never_ends, 5).unwrap_err().contains("no regular file"), "{}", never_ends.display());
        }
        std::fs::write(&file, "\u{feff}a: \u{feff}").expect("written");
        assert_eq!(read_text(&file, 9).as_deref(), Ok("a: \u{feff}"));
        std::fs::write(&file, b"a\0").expect("written");
        assert!(read_text(&file, 5).unwrap_err().contains("zero byte"));
        std::fs::write(&file, b"\xff").expect("written");
        assert!(read_text(&file, 5).unwrap_err().contains("UTF-8"));
    }
}
