//! The types of a tool's results, as far as somebody has looked at them: what each field is of, and where `null` may stand.
//!
//! One line a type: `Run: id! tags:[PipelineTag!]!` is an object with its fields (of what has fields of its own, the type is named; of what
//! has none it is not), `RunOrError = Run RunNotFoundError` is one of several.

use ahash::{HashMap, HashMapExt};

use super::things::Thing;
use crate::kinds::{KindId, KindSet};

/// A type, by its place.
pub type TypeId = usize;

/// All types that somebody has looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Types {
    all: Vec<Type>,
    by_name: HashMap<Box<str>, TypeId>,
}

/// One type.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Its name.
    pub name: Box<str>,
    /// What it is.
    pub shape: Shape,
    /// How the thing is named that an object of this type is.
    pub thing: Option<Thing>,
    /// Of what is one of several: what the tool gives where there is nothing of that name.
    pub not_found: Option<NotFound>,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// An object with these fields.
    Object(HashMap<Box<str>, Field>),
    /// One of these objects.
    Any(Vec<TypeId>),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The type of what it holds; none of what has no fields of its own.
    pub of: Option<TypeId>,
    /// For each list around that, outermost first, and for that itself: whether it may be `null`.
    nullable: Box<[bool]>,
    /// What of it is told.
    pub told: Told,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// What has no fields of its own.
    Leaf,
    /// What has, of this type.
    Fields(TypeId),
}

/// What of a field is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Told {
    /// All of it.
    #[default]
    All,
    /// Nothing.
    Nothing,
    /// All of it, if it stands in a thing that may be viewed.
    Inside,
    /// All of it, while the field of this name beside says `true`.
    While(Box<str>),
    /// All of it, if the field of this name of what it holds begins as that beside, up to a colon.
    Alike(Box<str>),
    /// How many of what the root field counts may be viewed.
    Count,
    /// Each text in it names a thing of this kind, which stands in what is around of these kinds.
    Names(KindId, KindSet),
}

/// What stands for a thing that there is not, or that may not be viewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// Its type.
    pub is: TypeId,
    /// What it says.
    pub says: Box<str>,
}

impl Types {
    /// Reads lines, or says all that is wrong with them.
    pub fn read(text: &str) -> Result<Self, Vec<String>> {
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let name = |line: &str| line.split([':', ' ', '=']).next().unwrap_or_default().to_owned();
        let mut types = Self::default();
        let mut mistakes = Vec::new();
        for (place, line) in lines().enumerate() {
            if types.by_name.insert(name(line).into(), place).is_some() {
                mistakes.push(format!("filter: types: `{}` stands there twice", name(line)));
            }
        }
        for line in lines() {
            let shape = types.shape(line).unwrap_or_else(|mistake| {
                mistakes.push(format!("filter: types: {}: {mistake}", name(line)));
                Shape::Any(Vec::new())
            });
            types.all.push(Type { name: name(line).into(), shape, thing: None, not_found: None });
        }
        let is_object = |id: &TypeId| types.get(*id).is_some_and(|own| matches!(own.shape, Shape::Object(_)));
        for own in &types.all {
            if let Shape::Any(those) = &own.shape
                && !those.iter().all(is_object)
            {
                mistakes.push(format!("filter: types: {}: one of them is no object", own.name));
            }
        }
        if mistakes.is_empty() { Ok(types) } else { Err(mistakes) }
    }

    fn shape(&self, line: &str) -> Result<Shape, String> {
        let id = |name: &str| self.id(name).ok_or_else(|| format!("there is no type `{name}`"));
        if let Some((_, those)) = line.split_once(" = ") {
            return Ok(Shape::Any(those.split_whitespace().map(id).collect::<Result<_, _>>()?));
        }
        let (_, fields) = line.split_once(':').ok_or("a type is written `Name: field field` or `Name = Type Type`")?;
        let mut found = HashMap::new();
        for field in fields.split_whitespace() {
            let (name, of) = match field.split_once(':') {
                Some((name, of)) => (name, of),
                None => field.split_at(field.find('!').unwrap_or(field.len())),
            };
            let (of, nullable) = nesting(of).ok_or_else(|| format!("`{field}` is no field"))?;
            let of = if of.is_empty() { None } else { Some(id(of)?) };
            found.insert(name.into(), Field { of, nullable, told: Told::All });
        }
        Ok(Shape::Object(found))
    }

    /// The type of that name.
    pub fn id(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// A type.
    pub fn get(&self, id: TypeId) -> Option<&Type> {
        self.all.get(id)
    }

    /// A type, to say more of.
    pub fn get_mut(&mut self, id: TypeId) -> Option<&mut Type> {
        self.all.get_mut(id)
    }

    /// The objects that something of this type may be.
    pub fn possible(&self, id: TypeId) -> Vec<TypeId> {
        match self.get(id).map(|own| &own.shape) {
            Some(Shape::Any(those)) => those.clone(),
            Some(Shape::Object(_)) => vec![id],
            None => Vec::new(),
        }
    }

    /// Whether an object of this type is one of that.
    pub fn is(&self, object: TypeId, of: TypeId) -> bool {
        object == of || matches!(self.get(of).map(|own| &own.shape), Some(Shape::Any(those)) if those.contains(&object))
    }

    /// A field of an object.
    pub fn field(&self, object: TypeId, name: &str) -> Option<&Field> {
        match &self.get(object)?.shape {
            Shape::Object(fields) => fields.get(name),
            Shape::Any(_) => None,
        }
    }

    /// A field of an object, to say more of.
    pub fn field_mut(&mut self, object: TypeId, name: &str) -> Option<&mut Field> {
        match &mut self.get_mut(object)?.shape {
            Shape::Object(fields) => fields.get_mut(name),
            Shape::Any(_) => None,
        }
    }

    /// What a field holds that all objects of this type have; `None` if one of them has not, or another.
    pub fn of_all(&self, id: TypeId, name: &str) -> Option<Holds> {
        let mut all = self.possible(id).into_iter().map(|object| self.field(object, name).map(|field| field.of));
        let first = all.next()??;
        all.all(|of| of == Some(first)).then_some(first.map_or(Holds::Leaf, Holds::Fields))
    }
}

impl Field {
    /// Whether what stands in so many lists may be `null`.
    pub fn may_be_null(&self, lists: usize) -> bool {
        self.nullable.get(lists).copied().unwrap_or(false)
    }

    /// Whether what stands in so many lists is a list.
    pub fn is_list(&self, lists: usize) -> bool {
        lists + 1 < self.nullable.len()
    }
}

/// What stands in `[…]` and `!`, and where it may be `null`.
fn nesting(of: &str) -> Option<(&str, Box<[bool]>)> {
    let (mut rest, mut nullable) = (of, Vec::new());
    loop {
        let inner = rest.strip_suffix('!');
        nullable.push(inner.is_none());
        rest = inner.unwrap_or(rest);
        match rest.strip_prefix('[') {
            Some(list) => rest = list.strip_suffix(']')?,
            None => break,
        }
    }
    let is_name = rest.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    is_name.then(|| (rest, nullable.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_say_what_their_fields_are_and_where_null_may_stand() {
        let types = Types::read("# so\nA: id! names:[!] b:B! bs:[[B]!]!\nB: id\nC = A B\nD = A\n").unwrap();
        let id = |name: &str| types.id(name).unwrap();
        let field = |name: &str, field: &str| types.field(id(name), field).unwrap().clone();
        assert_eq!(field("A", "id").of, None);
        assert!(!field("A", "id").may_be_null(0) && field("B", "id").may_be_null(0));
        let names = field("A", "names");
        assert!(names.may_be_null(0) && !names.may_be_null(1) && names.is_list(0) && !names.is_list(1));
        let lists = field("A", "bs");
        assert_eq!(lists.of, Some(id("B")));
        assert!(lists.is_list(1) && !lists.is_list(2) && lists.may_be_null(2) && !lists.may_be_null(1));
        assert_eq!(types.of_all(id("C"), "id"), Some(Holds::Leaf));
        assert_eq!(types.of_all(id("C"), "b"), None);
        assert_eq!(types.of_all(id("D"), "b"), Some(Holds::Fields(id("B"))));
        assert!(types.is(id("A"), id("C")) && types.is(id("A"), id("A")) && !types.is(id("B"), id("D")));
    }

    #[test]
    fn mistakes_are_told() {
        let told = |text: &str| Types::read(text).unwrap_err().join("; ");
        insta::assert_snapshot!(told("A: b:C\nA = D\nE\nF = G\nG = F\nH: x:[Y"), @"filter: types: `A` stands there twice; filter: types: A: there is no type `C`; filter: types: A: there is no type `D`; filter: types: E: a type is written `Name: field field` or `Name = Type Type`; filter: types: H: `x:[Y` is no field; filter: types: F: one of them is no object; filter: types: G: one of them is no object");
    }
}
