//! The function library.
//!
//! A function gets its arguments after its [`Signature`] accepted them, so it need not check types
//! that the signature names.

mod aggregate;
mod arrays;
mod encoding;
mod format_number;
mod higher_order;
mod matching;
mod numbers;
mod objects;
mod pipelines;
mod randomness;
mod strings;
mod workflow;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

pub(crate) use format_number::regular;
pub(crate) use matching::next_match;

use crate::datetime;
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::signature::Signature;
use crate::value::{Items, Value};

type Run = fn(&Arguments<'_, '_>) -> Result<Value>;

/// A function of the library.
pub(crate) struct Builtin {
    name: &'static str,
    signature_text: &'static str,
    signature: OnceLock<Option<Signature>>,
    /// How many parameters it declares, which decides what higher-order functions pass.
    pub(crate) arity: usize,
    pub(crate) run: Run,
}

impl fmt::Debug for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.name)
    }
}

impl Builtin {
    const fn new(name: &'static str, signature_text: &'static str, arity: usize, run: Run) -> Self {
        Self { name, signature_text, signature: OnceLock::new(), arity, run }
    }

    pub(crate) fn signature(&self) -> Option<&Signature> {
        self.signature.get_or_init(|| Signature::parse(self.signature_text).ok()).as_ref()
    }
}

/// The arguments of a call and what surrounds it.
pub(crate) struct Arguments<'c, 'e> {
    pub(crate) evaluator: &'c Evaluator<'e>,
    pub(crate) values: Vec<Value>,
    pub(crate) input: &'c Value,
    /// The name the function was called by.
    pub(crate) name: &'c str,
}

impl Arguments<'_, '_> {
    /// Returns an argument, or nothing.
    pub(crate) fn value(&self, index: usize) -> Value {
        self.values.get(index).cloned().unwrap_or_default()
    }

    pub(crate) fn text(&self, index: usize) -> Option<&Arc<str>> {
        self.values.get(index)?.as_str()
    }

    pub(crate) fn number(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.as_f64()
    }

    pub(crate) fn items(&self, index: usize) -> Option<Items> {
        self.values.get(index)?.items()
    }

    /// Returns an integer argument; fractions are rounded down.
    fn integer(&self, index: usize) -> Option<i64> {
        Some(self.number(index)?.floor() as i64)
    }
}

/// Returns the function `$name`.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Builtin>> =
        LazyLock::new(|| BUILTINS.iter().map(|builtin| (builtin.name, builtin)).collect());
    BY_NAME.get(name).copied()
}

/// Returns the function `$name` that there is over a document only.
pub(crate) fn find_over_document(name: &str) -> Option<&'static Builtin> {
    OVER_DOCUMENTS.iter().find(|builtin| builtin.name == name)
}

/// Returns the names of all functions that there are over a document.
pub(crate) fn names_over_document() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().chain(&OVER_DOCUMENTS).map(|builtin| builtin.name)
}

static OVER_DOCUMENTS: [Builtin; 6] = [
    Builtin::new("duration", "<s-:n>", 1, pipelines::duration),
    Builtin::new("addTime", "<(sn)(sn):s>", 2, pipelines::add_time),
    Builtin::new("formatTime", "<(sn)-s?s?:s>", 3, pipelines::format_time),
    Builtin::new("date", "<(sn)-s?:s>", 2, pipelines::date),
    Builtin::new("glob", "<s-s:b>", 2, pipelines::glob),
    Builtin::new("semver", "<ss:n>", 2, pipelines::semver),
];

static BUILTINS: [Builtin; 69] = [
    Builtin::new("sum", "<a<n>:n>", 1, aggregate::sum),
    Builtin::new("count", "<a:n>", 1, aggregate::count),
    Builtin::new("max", "<a<n>:n>", 1, aggregate::max),
    Builtin::new("min", "<a<n>:n>", 1, aggregate::min),
    Builtin::new("average", "<a<n>:n>", 1, aggregate::average),
    Builtin::new("string", "<x-b?:s>", 1, strings::string),
    Builtin::new("substring", "<s-nn?:s>", 3, strings::substring),
    Builtin::new("substringBefore", "<s-s:s>", 2, strings::substring_before),
    Builtin::new("substringAfter", "<s-s:s>", 2, strings::substring_after),
    Builtin::new("lowercase", "<s-:s>", 1, strings::lowercase),
    Builtin::new("uppercase", "<s-:s>", 1, strings::uppercase),
    Builtin::new("length", "<s-:n>", 1, strings::length),
    Builtin::new("trim", "<s-:s>", 1, strings::trim),
    Builtin::new("pad", "<s-ns?:s>", 3, strings::pad),
    Builtin::new("join", "<a<s>s?:s>", 2, strings::join),
    Builtin::new("match", "<s-f<s:o>n?:a<o>>", 3, matching::find_matches),
    Builtin::new("contains", "<s-(sf):b>", 2, matching::contains),
    Builtin::new("replace", "<s-(sf)(sf)n?:s>", 4, matching::replace),
    Builtin::new("split", "<s-(sf)n?:a<s>>", 3, matching::split),
    Builtin::new("formatNumber", "<n-so?:s>", 3, format_number::format_number),
    Builtin::new("formatBase", "<n-n?:s>", 2, numbers::format_base),
    Builtin::new("formatInteger", "<n-s:s>", 2, datetime::format_integer),
    Builtin::new("parseInteger", "<s-s:n>", 2, datetime::parse_integer),
    Builtin::new("number", "<(nsb)-:n>", 1, numbers::number),
    Builtin::new("floor", "<n-:n>", 1, numbers::floor),
    Builtin::new("ceil", "<n-:n>", 1, numbers::ceil),
    Builtin::new("round", "<n-n?:n>", 2, numbers::round),
    Builtin::new("abs", "<n-:n>", 1, numbers::abs),
    Builtin::new("sqrt", "<n-:n>", 1, numbers::sqrt),
    Builtin::new("power", "<n-n:n>", 2, numbers::power),
    Builtin::new("random", "<n?:n>", 0, randomness::random),
    Builtin::new("shuffle", "<a:a>", 1, randomness::shuffle),
    Builtin::new("uuid", "<:s>", 0, randomness::uuid),
    Builtin::new("boolean", "<x-:b>", 1, objects::boolean),
    Builtin::new("not", "<x-:b>", 1, objects::not),
    Builtin::new("exists", "<x:b>", 1, objects::exists),
    Builtin::new("map", "<af>", 2, higher_order::map),
    Builtin::new("filter", "<af>", 2, higher_order::filter),
    Builtin::new("single", "<af?>", 2, higher_order::single),
    Builtin::new("reduce", "<afj?:j>", 3, higher_order::reduce),
    Builtin::new("sift", "<o-f?:o>", 2, higher_order::sift),
    Builtin::new("each", "<o-f:a>", 2, higher_order::each),
    Builtin::new("zip", "<a+>", 0, arrays::zip),
    Builtin::new("append", "<xx:a>", 2, arrays::append),
    Builtin::new("reverse", "<a:a>", 1, arrays::reverse),
    Builtin::new("sort", "<af?:a>", 2, arrays::sort),
    Builtin::new("distinct", "<x:x>", 1, arrays::distinct),
    Builtin::new("keys", "<x-:a<s>>", 1, objects::keys),
    Builtin::new("lookup", "<x-s:x>", 2, objects::lookup),
    Builtin::new("spread", "<x-:a<o>>", 1, objects::spread),
    Builtin::new("merge", "<a<o>:o>", 1, objects::merge),
    Builtin::new("clone", "<(oa)-:o>", 1, objects::clone),
    Builtin::new("type", "<x:s>", 1, objects::type_name),
    Builtin::new("error", "<s?:x>", 1, objects::error),
    Builtin::new("assert", "<bs?:x>", 2, objects::assert),
    Builtin::new("base64encode", "<s-:s>", 1, encoding::base64_encode),
    Builtin::new("base64decode", "<s-:s>", 1, encoding::base64_decode),
    Builtin::new("encodeUrlComponent", "<s-:s>", 1, encoding::encode_url_component),
    Builtin::new("encodeUrl", "<s-:s>", 1, encoding::encode_url),
    Builtin::new("decodeUrlComponent", "<s-:s>", 1, encoding::decode_url_component),
    Builtin::new("decodeUrl", "<s-:s>", 1, encoding::decode_url),
    Builtin::new("now", "<s?s?:s>", 2, datetime::now),
    Builtin::new("millis", "<:n>", 0, datetime::millis),
    Builtin::new("toMillis", "<s-s?:n>", 2, datetime::to_millis),
    Builtin::new("fromMillis", "<n-s?s?:s>", 3, datetime::from_millis),
    Builtin::new("partition", "<an:a>", 2, workflow::partition),
    Builtin::new("range", "<nnn:a>", 3, workflow::range),
    Builtin::new("hash", "<ss:s>", 2, workflow::hash),
    Builtin::new("parse", "<s:x>", 1, workflow::parse),
];
