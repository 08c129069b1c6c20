//! Where a comment ends (HTML standard, sections 13.2.5.43 to 13.2.5.52): `-->`, `--!>`, and right at its beginning `>` and `->`.

#[derive(Debug)]
pub(super) struct Comment {
    dashes: u8,
    has_bang: bool,
    is_fresh: bool,
}

impl Comment {
    /// After `<!--`.
    pub(super) const fn new() -> Self {
        Self { dashes: 2, has_bang: false, is_fresh: true }
    }

    /// Whether it ends with this byte.
    pub(super) fn ends_with(&mut self, byte: u8) -> bool {
        let may_end = self.dashes >= 2 || self.has_bang;
        match byte {
            b'-' => (self.dashes, self.has_bang) = (if self.has_bang { 1 } else { (self.dashes + 1).min(3) }, false),
            b'>' if may_end => return true,
            b'!' if self.dashes >= 2 && !self.is_fresh => (self.dashes, self.has_bang) = (0, true),
            _ => (self.dashes, self.has_bang) = (0, false),
        }
        self.is_fresh &= byte == b'-';
        false
    }
}
