//! The eighteen functions: names, argument counts, and which module computes what.

use std::ops::RangeInclusive;

use compasso_types::Json;

use super::{Value, arrays, encoding, math, text};
use crate::Environment;

/// An intrinsic function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Format,
    StringToJson,
    JsonToString,
    StringSplit,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    Uuid,
}

/// All functions with their names.
const NAMES: [(&str, Function); 18] = [
    ("States.Format", Function::Format),
    ("States.StringToJson", Function::StringToJson),
    ("States.JsonToString", Function::JsonToString),
    ("States.StringSplit", Function::StringSplit),
    ("States.Array", Function::Array),
    ("States.ArrayPartition", Function::ArrayPartition),
    ("States.ArrayContains", Function::ArrayContains),
    ("States.ArrayRange", Function::ArrayRange),
    ("States.ArrayGetItem", Function::ArrayGetItem),
    ("States.ArrayLength", Function::ArrayLength),
    ("States.ArrayUnique", Function::ArrayUnique),
    ("States.Base64Encode", Function::Base64Encode),
    ("States.Base64Decode", Function::Base64Decode),
    ("States.Hash", Function::Hash),
    ("States.JsonMerge", Function::JsonMerge),
    ("States.MathRandom", Function::MathRandom),
    ("States.MathAdd", Function::MathAdd),
    ("States.UUID", Function::Uuid),
];

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    pub(super) fn name(self) -> &'static str {
        let entry = NAMES.iter().find(|(_, function)| *function == self);
        entry.expect("every function has a name").0
    }

    /// Returns how many arguments it takes.
    pub(super) fn arity(self) -> RangeInclusive<usize> {
        match self {
            Self::Uuid => 0..=0,
            Self::Array => 0..=usize::MAX,
            Self::Format => 1..=usize::MAX,
            Self::StringToJson
            | Self::JsonToString
            | Self::ArrayLength
            | Self::ArrayUnique
            | Self::Base64Encode
            | Self::Base64Decode => 1..=1,
            Self::StringSplit
            | Self::ArrayPartition
            | Self::ArrayContains
            | Self::ArrayGetItem
            | Self::Hash
            | Self::MathAdd => 2..=2,
            Self::MathRandom => 2..=3,
            Self::ArrayRange | Self::JsonMerge => 3..=3,
        }
    }

    /// Computes the function; the parser has checked the number of `values`.
    pub(super) fn apply(
        self,
        values: &[Value<'_>],
        environment: &dyn Environment,
    ) -> Result<Json, String> {
        let at = |index: usize| &values[index].json;
        match self {
            Self::Format => text::format(&values[0], &values[1..]),
            Self::StringToJson => text::string_to_json(at(0)),
            Self::JsonToString => Ok(Json::from(at(0).to_string())),
            Self::StringSplit => text::split(at(0), at(1)),
            Self::Array => Ok(Json::array(values.iter().map(|value| value.json.clone()))),
            Self::ArrayPartition => arrays::partition(at(0), at(1)),
            Self::ArrayContains => arrays::contains(at(0), at(1)),
            Self::ArrayRange => arrays::range(at(0), at(1), at(2)),
            Self::ArrayGetItem => arrays::get_item(at(0), at(1)),
            Self::ArrayLength => arrays::length(at(0)),
            Self::ArrayUnique => arrays::unique(at(0)),
            Self::Base64Encode => encoding::base64_encode(at(0)),
            Self::Base64Decode => encoding::base64_decode(at(0)),
            Self::Hash => encoding::hash(at(0), at(1)),
            Self::JsonMerge => arrays::merge(at(0), at(1), at(2)),
            Self::MathRandom => {
                math::random(at(0), at(1), values.get(2).map(|seed| &seed.json), environment)
            }
            Self::MathAdd => math::add(at(0), at(1)),
            Self::Uuid => Ok(math::random_uuid(environment)),
        }
    }
}
