//! Signatures of functions: which arguments they take, and what stands in for missing ones.

use crate::error::{Result, failed};
use crate::value::{Function, Value, quoted};

/// A parsed signature such as `<s-n?:s>`.
#[derive(Debug)]
pub(crate) struct Signature {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own in the text")]
struct Parameter {
    types: u16,
    optional: bool,
    repeated: bool,
    /// The argument may be taken from the context.
    context: bool,
    array: bool,
    item_type: Option<char>,
}

const ALL: &str = "asnblfom";

fn types(letters: &str) -> u16 {
    letters.chars().filter_map(|letter| ALL.find(letter)).fold(0, |set, bit| set | 1 << bit)
}

fn letter(value: &Value) -> char {
    match value {
        Value::Function(_) => 'f',
        other => other.type_letter(),
    }
}

impl Signature {
    /// Reads a signature; fails with a code and message.
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, (&'static str, &'static str)> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut rest = text.get(1..).unwrap_or_default();
        while let Some(symbol) = rest.chars().next() {
            rest = &rest[symbol.len_utf8()..];
            match symbol {
                ':' => break,
                's' | 'n' | 'b' | 'l' | 'o' => parameters.push(Parameter {
                    types: types("m") | types(symbol.encode_utf8(&mut [0; 4])),
                    ..Parameter::default()
                }),
                'a' => parameters.push(Parameter {
                    types: types(ALL),
                    array: true,
                    ..Parameter::default()
                }),
                'f' => parameters.push(Parameter { types: types("f"), ..Parameter::default() }),
                'j' => {
                    parameters.push(Parameter { types: types("asnblom"), ..Parameter::default() });
                }
                'x' => parameters.push(Parameter { types: types(ALL), ..Parameter::default() }),
                '(' => {
                    let end = rest.find(')').unwrap_or(rest.len());
                    let choice = &rest[..end];
                    if choice.contains('<') {
                        return Err((
                            "S0402",
                            "Choice groups containing parameterized types are not supported",
                        ));
                    }
                    parameters.push(Parameter {
                        types: types(choice) | types("m"),
                        ..Parameter::default()
                    });
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                '<' => rest = parse_item_type(parameters.last_mut(), rest)?,
                '-' | '?' | '+' => {
                    if let Some(last) = parameters.last_mut() {
                        last.context |= symbol == '-';
                        last.optional |= symbol != '+';
                        last.repeated |= symbol == '+';
                    }
                }
                _ => {}
            }
        }
        Ok(Self { parameters })
    }

    /// Returns the arguments as the function shall see them, or why it cannot be called.
    pub(crate) fn check(
        &self,
        arguments: Vec<Value>,
        context: &Value,
        function: &str,
    ) -> Result<Vec<Value>> {
        let letters: Vec<char> = arguments.iter().map(letter).collect();
        let function = &name_text(function);
        let Some(counts) = matches(&self.parameters, &letters, true) else {
            return Err(self.mismatch(&letters, function));
        };
        let mut checked = Vec::with_capacity(arguments.len());
        let mut given = arguments.into_iter();
        let mut index = 0;
        for (parameter, count) in self.parameters.iter().zip(counts) {
            if count == 0 {
                if parameter.context {
                    if types(letter(context).encode_utf8(&mut [0; 4])) & parameter.types == 0 {
                        let message = format!(
                            "Context value is not a compatible type with argument {} of function {function}",
                            index + 1
                        );
                        return Err(failed("T0411", message));
                    }
                    checked.push(context.clone());
                } else {
                    checked.push(given.next().unwrap_or_default());
                    index += 1;
                }
            }
            for _ in 0..count {
                let argument = given.next().unwrap_or_default();
                index += 1;
                checked.push(parameter.adapt(argument, index, function)?);
            }
        }
        Ok(checked)
    }

    fn mismatch(&self, letters: &[char], function: &str) -> crate::EvaluationError {
        let mut good = 0;
        for end in 1..=self.parameters.len() {
            match matches(&self.parameters[..end], letters, false) {
                Some(counts) => good = counts.iter().sum(),
                None => break,
            }
        }
        let message = format!(
            "Argument {} of function {function} does not match function signature",
            good + 1
        );
        failed("T0410", message)
    }
}

/// Returns a function's name as messages have it.
fn name_text(name: &str) -> String {
    if name.is_empty() { "undefined".into() } else { quoted(&Value::string(name)) }
}

impl Parameter {
    fn takes(&self, letter: char) -> bool {
        self.types & types(letter.encode_utf8(&mut [0; 4])) != 0
    }

    /// Wraps a single value where an array is wanted, and checks the items.
    fn adapt(&self, argument: Value, index: usize, function: &str) -> Result<Value> {
        if !self.array || matches!(argument, Value::Undefined) {
            return Ok(argument);
        }
        let given = letter(&argument);
        if let Some(wanted) = self.item_type {
            let fits = match argument.items() {
                None => given == wanted,
                Some(items) => items.iter().all(|item| letter(&item) == wanted),
            };
            if !fits {
                let plural = match wanted {
                    'a' => "arrays",
                    'b' => "booleans",
                    'f' => "functions",
                    'n' => "numbers",
                    'o' => "objects",
                    _ => "strings",
                };
                let message = format!(
                    "Argument {index} of function {function} must be an array of \"{plural}\""
                );
                return Err(failed("T0412", message));
            }
        }
        Ok(if given == 'a' { argument } else { Value::list(vec![argument])? })
    }
}

/// Reads `s>` behind an array's or function's `<`; returns what follows.
fn parse_item_type<'t>(
    parameter: Option<&mut Parameter>,
    rest: &'t str,
) -> std::result::Result<&'t str, (&'static str, &'static str)> {
    let is_function = |p: &Parameter| p.types == types("f");
    match parameter {
        Some(parameter) if parameter.array || is_function(parameter) => {
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '<') - i32::from(c == '>');
                depth == 0
            });
            let end = end.unwrap_or(rest.len());
            if parameter.array {
                parameter.item_type = rest[..end].chars().next();
            }
            Ok(rest.get(end + 1..).unwrap_or_default())
        }
        _ => Err(("S0401", "Type parameters can only be applied to functions and arrays")),
    }
}

/// Shares arguments out to parameters, each taking as many as it can; returns how many each got.
fn matches(parameters: &[Parameter], letters: &[char], whole: bool) -> Option<Vec<usize>> {
    let (rows, columns) = (parameters.len(), letters.len());
    // possible[p][a]: parameters from p on can take the arguments from a on.
    let mut possible = vec![vec![false; columns + 2]; rows + 1];
    for (argument, cell) in possible[rows].iter_mut().enumerate().take(columns + 1) {
        *cell = !whole || argument == columns;
    }
    for row in (0..rows).rev() {
        for column in (0..=columns).rev() {
            let parameter = &parameters[row];
            let takes = column < columns && parameter.takes(letters[column]);
            let more = takes
                && (possible[row + 1][column + 1]
                    || parameter.repeated && possible[row][column + 1]);
            possible[row][column] = more || parameter.optional && possible[row + 1][column];
        }
    }
    if !possible[0][0] {
        return None;
    }
    let mut counts = Vec::with_capacity(rows);
    let mut column = 0;
    for (row, parameter) in parameters.iter().enumerate() {
        let most = if parameter.repeated { columns } else { 1 };
        let mut taken = 0;
        while taken < most
            && column < columns
            && parameter.takes(letters[column])
            && (possible[row + 1][column + 1] || parameter.repeated && possible[row][column + 1])
        {
            taken += 1;
            column += 1;
        }
        counts.push(taken);
    }
    Some(counts)
}

/// Returns how many parameters a function declares.
pub(crate) fn arity(function: &Function) -> usize {
    match function {
        Function::Builtin(builtin) => builtin.arity,
        Function::Lambda(lambda) => lambda.node.parameters.len(),
        Function::Partial(partial) => {
            partial.arguments.iter().filter(|argument| argument.is_none()).count()
        }
        Function::Composed(..) | Function::Transform(_) => 1,
        Function::Regex(_) | Function::NextMatch(_) => 2,
    }
}
