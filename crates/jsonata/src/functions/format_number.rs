//! `$formatNumber`.

use super::Arguments;
use crate::error::Result;
use crate::value::Value;

pub(super) fn format_number(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(arguments.value(0))
}
