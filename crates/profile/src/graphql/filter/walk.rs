//! Going through an answer, and leaving out of it what may not be viewed.
//!
//! What is left out goes the way of GraphQL's own errors (October 2021, section 6.4.4): where `null` may stand it stands, else what it is
//! part of goes with it; of lists, only the item. Nothing is written that the document does not ask for.

use ahash::HashMap;
use doorward_domain::{Resource, Target};

use super::{
    Contents, Filter, Onlooker, ShownContainers,
    asking::{name_key, type_key},
    collect::{Members, Place, Places, ROOT},
    flags::{
        standing::Subject,
        walk::{is_list, lowered_entry, lowered_flags},
    },
    outside::{ERRORS, NOT_TOLD, NOTHING, blank},
    siblings::Siblings,
    things::{Named, Names},
    types::{Field, NotFound, Told, TypeId, Types},
};
use crate::graphql::json::{Kind, Span, Value, quoted};
use crate::graphql::rules::Rules;
use crate::kinds::KindId;

/// A walk through one answer.
pub(super) struct Walk<'a> {
    pub(super) filter: &'a Filter,
    pub(super) places: Places<'a>,
    pub(super) prefix: &'a str,
    /// What root fields are known to act on before the tool answers.
    pub(super) seeds: &'a HashMap<Box<str>, Names>,
    /// What is asked for by names that the list completes.
    pub(super) looked_up: &'a [Names],
    pub(super) rules: &'a Rules,
    pub(super) onlooker: &'a dyn Onlooker,
    /// Things that are listed, by their own name.
    pub(super) listed: HashMap<String, Names>,
    pub(super) out: String,
    /// How many may be viewed of what the root field counts that is gone through.
    pub(super) count: usize,
    /// How much may yet be said of what is not found: the tool says nothing of it where it answers with what may not be viewed, so a short
    /// answer may come to a great deal of it.
    pub(super) left: usize,
    /// Whether there are permission flags.
    pub(super) has_flags: bool,
    /// By root fields, what they are asked for that may be shown for what is in it.
    pub(super) looked_into: &'a [(Box<str>, Vec<Target>)],
    /// What is in which container, and which are shown for that.
    pub(super) containers: Option<(&'a Contents, &'a ShownContainers)>,
    /// Root fields that are asked for what is shown only for what is in it.
    pub(super) hidden_roots: Vec<&'a str>,
    /// Whether it is in what is shown only for what is in it, and not in a thing in that.
    pub(super) is_in_container: bool,
    /// In a list of permissions: the thing that shows it, unless it is none.
    pub(super) listing: Option<Listing>,
}

/// A list of permissions: of which thing, if of any.
pub(super) struct Listing(Option<Named>);

/// Something was left out, and what it is part of cannot do without it.
struct Gone;

type Kept = Result<(), Gone>;

impl Walk<'_> {
    /// The answer without what may not be viewed; `None` if it is none.
    pub(super) fn answer(mut self, answer: Value<'_>, root: TypeId) -> Option<String> {
        let data = answer.get("data");
        if answer.kind() != Kind::Object || data.is_none() && answer.get("errors").is_none() {
            return None;
        }
        self.out.push('{');
        if let Some(data) = data {
            self.list(data);
            if !self.shows_looked_up() || !self.shows_looked_into() {
                return Some(NOTHING.to_owned());
            }
            self.out.push_str("\"data\":");
            match data.kind() {
                Kind::Null => self.out.push_str("null"),
                Kind::Object => {
                    if self.members(data, root, ROOT, &[], None).is_err() {
                        return Some(NOTHING.to_owned());
                    }
                }
                _ => return None,
            }
        }
        if answer.get("errors").is_some_and(|errors| errors.kind() != Kind::Null) {
            let comma = if self.out.len() > 1 { "," } else { "" };
            self.out.extend([comma, "\"errors\":", ERRORS]);
        }
        self.out.push('}');
        (!self.places.is_exhausted() && self.left > 0).then_some(self.out)
    }

    /// What a field holds, `lists` deep in lists.
    fn value(
        &mut self,
        value: Value<'_>,
        field: &Field,
        (place, lists): (Place, usize),
        around: &[(KindId, Resource)],
    ) -> Kept {
        match (value.kind(), field.of) {
            (Kind::Null, _) => self.out.push_str("null"),
            (Kind::Array, _) if field.is_list(lists) => {
                self.out.push('[');
                let start = self.out.len();
                for item in value.children() {
                    let end = self.out.len();
                    if end > start {
                        self.out.push(',');
                    }
                    if self.value(item, field, (place, lists + 1), around).is_err() {
                        self.out.truncate(end);
                    }
                }
                self.out.push(']');
            }
            (Kind::Object, Some(of)) => return self.object(value, of, place, around),
            // What has fields where the document can have asked for none is no answer to it, nor the other way round.
            (_, Some(_)) | (Kind::Object | Kind::Array, None) => return Err(Gone),
            (Kind::String, None) => {
                if let Told::Names(kind, within) = &field.told
                    && !self.shows_named(*kind, *within, value, around)
                {
                    return Err(Gone);
                }
                self.out.push_str(value.raw());
            }
            (_, None) if matches!(field.told, Told::Names(..)) => return Err(Gone),
            (_, None) => self.out.push_str(value.raw()),
        }
        Ok(())
    }

    fn object(&mut self, object: Value<'_>, of: TypeId, place: Place, around: &[(KindId, Resource)]) -> Kept {
        let types = &self.filter.types;
        let own = self.type_of(object, of).ok_or(Gone)?;
        let not_found = types.get(of).and_then(|of| of.not_found.as_ref());
        if let Some(not_found) = not_found.filter(|not_found| not_found.is == own) {
            // So that it is the same whether there is nothing of that name, or it may not be viewed.
            self.not_found(not_found, place);
            return Ok(());
        }
        let start = self.out.len();
        let kept = self.thing(object, own, place, around);
        match (kept, not_found) {
            (Err(Gone), Some(not_found)) => {
                self.out.truncate(start);
                self.not_found(not_found, place);
                Ok(())
            }
            (kept, _) => kept,
        }
    }

    /// An object of a type, if it may be viewed.
    fn thing(&mut self, object: Value<'_>, own: TypeId, place: Place, around: &[(KindId, Resource)]) -> Kept {
        let Some(thing) = self.filter.types.get(own).and_then(|own| own.thing.as_ref()) else {
            return self.members(object, own, place, around, None);
        };
        let key = |place| name_key(self.prefix, own, place);
        let mut named = thing.read(&self.filter.kinds, object, &key, around).ok_or(Gone)?;
        let shown = self.has_flags.then(|| named.clone());
        let may_be_viewed = self.onlooker.shows(&self.targets(&mut named));
        if !may_be_viewed && !self.shows_container(own, &named) {
            return Err(Gone);
        }
        let around = std::mem::replace(&mut self.is_in_container, !may_be_viewed);
        let kept = self.members(object, own, place, &named.names, shown.as_ref());
        self.is_in_container = around;
        kept
    }

    fn members(
        &mut self,
        object: Value<'_>,
        own: TypeId,
        place: Place,
        around: &[(KindId, Resource)],
        shown: Option<&Named>,
    ) -> Kept {
        let (members, is_root) = (self.places.members(place, own), place == ROOT);
        let lowered = self.lowered(object, &members, shown);
        let mut lowered = lowered.iter().peekable();
        let filter = self.filter;
        let mut siblings = Siblings::of(object, &members);
        self.out.push('{');
        let start = self.out.len();
        for (key, value) in object.members() {
            // What nobody asked for, and what only we did.
            let Some(member) = members.get(&key).filter(|_| !key.starts_with(self.prefix)) else { continue };
            if self.out.len() > start {
                self.out.push(',');
            }
            self.out.extend([&*quoted(&key), ":"]);
            if member.field.starts_with("__") {
                self.out.push_str(value.raw());
                continue;
            }
            let field = filter.types.field(own, &member.field).ok_or(Gone)?;
            if is_root {
                self.count(object, &member.field, &key);
                self.is_in_container = self.hidden_roots.contains(&&*member.field);
            }
            let seeds = self.seeds;
            let around = if is_root { seeds.get(&member.field).map_or(&[][..], Vec::as_slice) } else { around };
            // Both go by where they stand.
            while lowered.next_if(|(span, _)| *span < value.span()).is_some() {}
            if let Some((_, text)) = lowered.next_if(|(span, _)| *span == value.span()) {
                self.out.push_str(text);
                continue;
            }
            match &field.told {
                _ if self.is_in_container && !is_root && !filter.containers.tell(own, &member.field) => {
                    self.untold(field)?;
                }
                _ if self.has_flags && is_list(&self.rules.permissions, &member.field) => {
                    self.listing = Some(Listing(shown.cloned()));
                    let is_in_container = std::mem::take(&mut self.is_in_container);
                    let kept = self.value(value, field, (member.place, 0), around);
                    (self.listing, self.is_in_container) = (None, is_in_container);
                    kept?;
                }
                Told::Nothing => self.out.push_str(blank(field, NOT_TOLD)),
                Told::Inside if around.is_empty() => self.out.push_str(blank(field, NOT_TOLD)),
                Told::While(more) if !siblings.say_true(more) => self.out.push_str(blank(field, "\"\"")),
                Told::Alike(by) if !self.begins_alike(&mut siblings, (value, field, member.place), by) => {
                    self.nothing(field)?;
                }
                Told::Count => self.out.push_str(&self.count.to_string()),
                _ => {
                    let end = self.out.len();
                    if self.value(value, field, (member.place, 0), around).is_err() {
                        self.out.truncate(end);
                        // A schedule is there without the name of its job.
                        let is_name = matches!(field.told, Told::Names(..));
                        if is_name { self.untold(field)? } else { self.nothing(field)? }
                    }
                }
            }
        }
        self.out.push('}');
        Ok(())
    }

    /// What stands where nothing may be shown.
    fn nothing(&mut self, field: &Field) -> Kept {
        if !field.may_be_null(0) {
            return Err(Gone);
        }
        self.out.push_str("null");
        Ok(())
    }

    /// What stands for what is not told of something that is shown.
    fn untold(&mut self, field: &Field) -> Kept {
        if field.of.is_some() && !field.is_list(0) {
            return self.nothing(field);
        }
        self.out.push_str(blank(field, NOT_TOLD));
        Ok(())
    }

    /// What changes in an object, by where it stands, because it shows flags or is an entry of a list of permissions.
    fn lowered(&self, object: Value<'_>, members: &Members, shown: Option<&Named>) -> Vec<(Span, String)> {
        if !self.has_flags {
            return Vec::new();
        }
        let mut lowered = match &self.listing {
            Some(Listing(by)) => lowered_entry(self.rules, self.onlooker, object, members, Subject::of(by.as_ref())),
            None => lowered_flags(self.rules, self.onlooker, object, members, Subject::of(shown)),
        };
        lowered.sort_unstable_by_key(|(span, _)| *span);
        lowered
    }

    /// Of which type an object is.
    pub(super) fn type_of(&self, object: Value<'_>, of: TypeId) -> Option<TypeId> {
        type_of(&self.filter.types, self.prefix, object, of)
    }

    /// What the tool says of what there is not.
    fn not_found(&mut self, not_found: &NotFound, place: Place) {
        if self.left == 0 {
            return;
        }
        let members = self.places.members(place, not_found.is);
        self.out.push('{');
        let start = self.out.len();
        for member in members.all.iter().filter(|member| !member.key.starts_with(self.prefix)) {
            if self.out.len() > start {
                self.out.push(',');
            }
            self.out.extend([&*quoted(&member.key), ":"]);
            let own = self.filter.types.get(not_found.is);
            let field = self.filter.types.field(not_found.is, &member.field);
            match (&*member.field, own, field) {
                ("__typename", Some(own), _) => self.out.push_str(&quoted(&own.name)),
                ("message", ..) => self.out.push_str(&quoted(&not_found.says)),
                (_, _, Some(field)) => self.out.push_str(blank(field, "\"\"")),
                _ => self.out.push_str("null"),
            }
        }
        self.out.push('}');
        self.left = self.left.saturating_sub(self.out.len() - start);
    }
}

/// Of which type an object is that may be one of several.
pub(super) fn type_of(types: &Types, prefix: &str, object: Value<'_>, of: TypeId) -> Option<TypeId> {
    if types.possible(of) == [of] {
        return Some(of);
    }
    let name = object.get(&type_key(prefix)).and_then(Value::as_str);
    name.and_then(|name| types.id(&name)).filter(|own| types.is(*own, of))
}
