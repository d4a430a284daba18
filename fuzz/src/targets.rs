//! What is tried, and the law each must keep beside never to panic.

use std::cell::RefCell;

use compasso_engine::MockFile;
use compasso_expr::Environment;
use compasso_expr::intrinsic::Intrinsic;
use compasso_expr::jsonpath::Path;
use compasso_expr::template::Template;
use compasso_ir::ExecutionType;
use compasso_items::{CsvConfig, CsvHeader, InputType, ReaderConfig};
use compasso_jsonata::{Host, Limits, Program};
use compasso_pipeline::Code;
use compasso_query::{Field, Kind, QUERY_BYTES_MAX, Query, Schema};
use compasso_schedule::Spec;
use compasso_types::{Arn, Json, Timestamp};

use crate::inputs::Numbers;
use crate::seeds;

/// One parser or evaluator.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) seeds: &'static [&'static str],
    /// Tries one input; an error says which law it broke.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

/// Input number N goes to target N modulo their number.
pub(crate) const TARGETS: [Target; 17] = [
    Target { name: "json", seeds: &seeds::JSON, check: json },
    Target { name: "jsonpath", seeds: &seeds::PATHS, check: path },
    Target { name: "intrinsic", seeds: &seeds::INTRINSICS, check: intrinsic },
    Target { name: "template", seeds: &seeds::TEMPLATES, check: template },
    Target { name: "jsonata", seeds: &seeds::JSONATA, check: jsonata },
    Target { name: "definition", seeds: &seeds::DEFINITIONS, check: definition },
    Target {
        name: "timestamp",
        seeds: &["2026-11-23T10:00:00.123Z", "2016-02-29T23:59:60+14:00"],
        check: timestamp,
    },
    Target {
        name: "arn",
        seeds: &["arn:aws:states:eu-west-1:123456789012:execution:name:run"],
        check: arn,
    },
    Target { name: "csv-items", seeds: &seeds::CSV, check: csv_items },
    Target { name: "json-items", seeds: &seeds::JSON, check: json_items },
    Target { name: "state", seeds: &seeds::STATES, check: state },
    Target { name: "mock-file", seeds: &seeds::MOCK_FILES, check: mock_file },
    Target { name: "json-lines-items", seeds: &seeds::JSON_LINES, check: json_lines_items },
    Target { name: "pipeline", seeds: &seeds::PIPELINES, check: pipeline },
    Target { name: "cron", seeds: &seeds::CRONS, check: cron },
    Target { name: "rule", seeds: &seeds::RULES, check: rule },
    Target { name: "query", seeds: &seeds::QUERIES, check: query },
];

/// What one expression may use here: a little, so that many are tried.
const LIMITS: Limits =
    Limits { steps_max: 20_000, depth_max: 3_200, bytes_max: 1 << 20, items_max: 100_000 };

const DATA: &str =
    r#"{"a":[1,{"b":2,"c":"x","d":[true]},"s",{"b":3}],"b":{"c":1},"e":"text","n":2}"#;

struct Surroundings(RefCell<Numbers>);

impl Host for Surroundings {
    fn variable(&self, name: &str) -> Option<Json> {
        (name == "name").then(data)
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_763_888_400_123)
    }

    fn random(&self) -> u64 {
        self.0.borrow_mut().next()
    }
}

impl Environment for Surroundings {
    fn context(&self) -> Json {
        Json::parse(r#"{"Execution":{"Id":"arn","Input":{"a":1}}}"#).expect("it is JSON")
    }
}

fn data() -> Json {
    Json::parse(DATA).expect("it is JSON")
}

fn surroundings() -> Surroundings {
    Surroundings(RefCell::new(Numbers::new(1)))
}

/// What was read and written is read again as the same value.
fn json(text: &str) -> Result<(), String> {
    let Ok(value) = Json::parse(text) else {
        return Ok(());
    };
    let written = value.to_string();
    match Json::parse(&written) {
        Ok(again) if again == value => Ok(()),
        Ok(again) => Err(format!("{written} is read as {again}")),
        Err(error) => Err(format!("{written} is not read again: {error}")),
    }
}

/// A path keeps its text.
fn path(text: &str) -> Result<(), String> {
    let Ok(path) = Path::parse(text) else {
        return Ok(());
    };
    // Whether it finds something or not, it may not panic.
    let _ = path.read(&data(), &surroundings());
    if path.is_reference() {
        let _ = path.insert(&data(), Json::from("new"));
    }
    if path.text() == text { Ok(()) } else { Err(format!("its text became {:?}", path.text())) }
}

/// What can be asked about, one field of each kind.
const FIELDS: Schema = Schema {
    fields: &[
        Field { name: "status", kind: Kind::Word(&["RUNNING", "FAILED"]) },
        Field { name: "workflow", kind: Kind::Text },
        Field { name: "started", kind: Kind::Time },
        Field { name: "duration", kind: Kind::Duration },
        Field { name: "redrives", kind: Kind::Number },
    ],
    begun: &[
        Field { name: "input.", kind: Kind::Attribute },
        Field { name: "labels.", kind: Kind::Text },
    ],
};

/// A query that was written is read again as the same, and what is wrong with a text can be shown.
fn query(text: &str) -> Result<(), String> {
    let query = match Query::parse(text, &FIELDS) {
        Ok(query) => query,
        Err(mistakes) if mistakes.to_string().is_empty() => return Err("nothing is told".into()),
        Err(_) => return Ok(()),
    };
    let written = query.to_string();
    match Query::parse(&written, &FIELDS) {
        Ok(again) if again == query => Ok(()),
        // Quotes and parentheses may make it longer than a query may be.
        Err(_) if written.len() > QUERY_BYTES_MAX => Ok(()),
        Ok(again) => Err(format!("{written} is read as {again}")),
        Err(mistakes) => Err(format!("{written} is not read again: {mistakes}")),
    }
}

/// The same call gives the same value twice.
fn intrinsic(text: &str) -> Result<(), String> {
    let Ok(call) = Intrinsic::parse(text) else {
        return Ok(());
    };
    let evaluate = || call.evaluate(&data(), &surroundings()).ok();
    same(evaluate().as_ref(), evaluate().as_ref())
}

/// The same template gives the same value twice.
fn template(text: &str) -> Result<(), String> {
    let Ok(value) = Json::parse(text) else {
        return Ok(());
    };
    let Ok(template) = Template::compile(&value) else {
        return Ok(());
    };
    let evaluate = || template.evaluate(&data(), &surroundings()).ok();
    same(evaluate().as_ref(), evaluate().as_ref())
}

/// The same expression gives the same value twice.
fn jsonata(text: &str) -> Result<(), String> {
    let Ok(program) = Program::compile(text) else {
        return Ok(());
    };
    let states = Json::object([("input", data())]);
    let evaluate = || program.evaluate(&states, &surroundings(), &LIMITS).ok().flatten();
    same(evaluate().as_ref(), evaluate().as_ref())
}

/// A text without an error gives a definition; one with errors may give one that can be run.
fn definition(text: &str) -> Result<(), String> {
    let analysis = compasso_asl::compile(text, ExecutionType::Standard);
    if analysis.definition.is_some() || !analysis.is_valid() {
        return Ok(());
    }
    Err("neither a definition nor an error".to_owned())
}

/// A state that compiles is found in its definition, and one that does not has an error.
fn state(text: &str) -> Result<(), String> {
    let (analysis, id) = compasso_asl::compile_state(text);
    let valid = analysis.is_valid();
    match (analysis.definition, id) {
        (Some(_), Some(_)) => Ok(()),
        (None, None) if !valid => Ok(()),
        (definition, id) => Err(format!(
            "a definition: {}, a state: {}, an error: {}",
            definition.is_some(),
            id.is_some(),
            !valid
        )),
    }
}

/// Every problem has its place in the text, whatever could be read can be drawn and compiled or
/// refused, and what has no error of reading has none that only reading tells.
fn pipeline(text: &str) -> Result<(), String> {
    let parsed = compasso_pipeline::parse(text);
    if !parsed.has_errors() && parsed.pipelines.is_empty() {
        return Err("neither a pipeline nor an error".to_owned());
    }
    let mut problems = parsed.diagnostics.clone();
    for pipeline in &parsed.pipelines {
        drop(compasso_pipeline::graph(pipeline));
        let late = compasso_pipeline::compile(text, pipeline).err().unwrap_or_default();
        let is_early = |code| matches!(code, Code::BadExpression | Code::Cycle);
        let other = late.iter().find(|found| is_early(found.code));
        if let Some(other) = other.filter(|_| !parsed.has_errors()) {
            return Err(format!("it has no error, but compiled it has {other:?}"));
        }
        problems.extend(late);
    }
    match problems.iter().find(|found| text.get(found.position.bytes.clone()).is_none()) {
        Some(misplaced) => Err(format!("{misplaced:?} has no place in the text")),
        None => Ok(()),
    }
}

/// Every test case that a file names can be asked for, whatever comes of it.
fn mock_file(text: &str) -> Result<(), String> {
    let Ok(file) = MockFile::parse(text) else { return Ok(()) };
    let cases = file.cases(seeds::MOCKED).unwrap_or_default();
    for case in cases {
        match file.case(seeds::MOCKED, &case) {
            Ok(mocks) if mocks.case != case => return Err(format!("{case} is {}", mocks.case)),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

fn timestamp(text: &str) -> Result<(), String> {
    let Ok(instant) = text.parse::<Timestamp>() else {
        return Ok(());
    };
    let written = instant.to_string();
    match written.parse::<Timestamp>() {
        Ok(again) if again == instant => Ok(()),
        other => Err(format!("{written} is read as {other:?}")),
    }
}

fn arn(text: &str) -> Result<(), String> {
    let Ok(arn) = text.parse::<Arn>() else {
        return Ok(());
    };
    let parts = (arn.region(), arn.account(), arn.kind(), arn.rest());
    if arn.as_str() == text { Ok(()) } else { Err(format!("{parts:?} became {}", arn.as_str())) }
}

/// See [`ticks`].
fn cron(text: &str) -> Result<(), String> {
    ticks(text, &Spec { cron: Some(text.to_owned()), ..Spec::default() })
}

/// See [`ticks`].
fn rule(text: &str) -> Result<(), String> {
    let start = Some("2026-01-31".to_owned());
    ticks(text, &Spec { rrule: Some(text.to_owned()), start, ..Spec::default() })
}

/// Ticks increase; what is wrong has a place inside of the text.
fn ticks(text: &str, spec: &Spec) -> Result<(), String> {
    let schedule = match spec.compile("fuzz") {
        Ok(schedule) => schedule,
        Err(problems) => {
            let mut places = problems.into_iter().filter_map(|problem| problem.place);
            return match places.find(|place| text.get(place.clone()).is_none()) {
                Some(place) => Err(format!("{place:?} is no part of it")),
                None => Ok(()),
            };
        }
    };
    let mut before = surroundings().now();
    for _ in 0..4 {
        let Some(tick) = schedule.next_after(before) else { break };
        if tick.at <= before {
            return Err(format!("{} follows {before}", tick.at));
        }
        before = tick.at;
    }
    Ok(())
}

/// Every item has the names of the header, in their order.
fn csv_items(text: &str) -> Result<(), String> {
    let header = CsvHeader::Given(vec!["x".to_owned(), "y".to_owned()]);
    let config = ReaderConfig {
        input_type: Some(InputType::Csv),
        csv: CsvConfig { header, ..CsvConfig::default() },
        ..ReaderConfig::default()
    };
    let values = config.values_of(text.into()).unwrap_or_default();
    let has_names = |value: &Json| {
        value.as_object().is_some_and(|members| members.keys().map(|name| &**name).eq(["x", "y"]))
    };
    // Any text may be a header, too.
    let first_row = CsvConfig::default();
    let _ = ReaderConfig { csv: first_row, ..config }.values_of(text.into());
    match values.iter().find(|value| !has_names(value)) {
        None => Ok(()),
        Some(value) => Err(format!("{value} has not the names of the header")),
    }
}

/// A file read piece by piece gives what it gives when it is read as a whole.
fn json_items(text: &str) -> Result<(), String> {
    let config = ReaderConfig { input_type: Some(InputType::Json), ..ReaderConfig::default() };
    let items = config.values_of(text.into()).ok();
    let expected = match Json::parse(without_mark(text)) {
        Ok(Json::Array(elements)) => Some(elements.to_vec()),
        Ok(Json::Object(members)) => Some(members.values().cloned().collect()),
        _ => None,
    };
    // A name that is there twice is one member of a value, but two items.
    if items == expected || text.starts_with(['{', ' ', '\n', '\t', '\r', '\u{feff}']) {
        return Ok(());
    }
    Err(format!("{items:?}, but as a whole {expected:?}"))
}

/// Each line gives what it gives on its own.
fn json_lines_items(text: &str) -> Result<(), String> {
    let config = ReaderConfig { input_type: Some(InputType::JsonLines), ..ReaderConfig::default() };
    let items = config.values_of(text.into()).ok();
    let lines = without_mark(text).split('\n');
    let lines = lines.map(|line| line.trim_matches([' ', '\t', '\r', '\u{c}']));
    let lines = lines.filter(|line| !line.is_empty());
    let expected = lines.map(|line| Json::parse(line).ok()).collect::<Option<Vec<_>>>();
    same(items.map(Json::from).as_ref(), expected.map(Json::from).as_ref())
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn same(first: Option<&Json>, second: Option<&Json>) -> Result<(), String> {
    if first == second { Ok(()) } else { Err(format!("{first:?}, and then {second:?}")) }
}
