//! Where in an answer we are, and what was found there.

/// An object or list whose members matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// The answer itself.
    Answer,
    /// Its `data`.
    Data,
    /// A list below a root field.
    List,
    /// The answer to a root field, and whether anything of it has passed.
    Result(bool),
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Place {
    /// The answer.
    #[default]
    Start,
    /// A key, or the end of an object.
    Key,
    /// The rest of a key; whether the last byte was a backslash.
    InKey(bool),
    Colon,
    Value,
    /// The rest of a string; whether the last byte was a backslash.
    InString(bool),
    /// The rest of a number or word.
    InScalar,
    /// A comma, or the end of a container.
    After,
    /// The answer is over.
    End,
    /// It is not what it should be, and passes untouched.
    Lost,
}

/// A member that was taken out.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// The key of its root field, a JSON string.
    pub root: Box<[u8]>,
    /// Its own key, a JSON string.
    pub key: Box<[u8]>,
    /// Its value; empty when it was too long to keep.
    pub value: Box<[u8]>,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// It was an object, from its first brace to its last.
    Whole,
    /// It was an object, and broke off.
    Broken,
    /// It was something else.
    Other,
}
