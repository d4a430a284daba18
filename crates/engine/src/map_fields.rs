//! The fields of distributed Map states, evaluated.

use compasso_ir::{Config, Distributed, Field, ItemBatcher, ItemReader, ResultWriter, Value};
use compasso_types::{Json, Number, Object, Payload};

use crate::context::Scene;
use crate::dataflow::shown;
use crate::map_run::{Batch, Reader, Writer};
use crate::problem::Problem;

/// Most percent.
const PERCENTAGE_MAX: f64 = 100.0;

impl Scene<'_> {
    /// Evaluates an integer that is not negative; `name` is the plain field's.
    pub(crate) fn count(
        &self,
        field: Option<&Field<i64>>,
        name: &str,
        input: &Payload,
    ) -> Result<Option<u64>, Problem> {
        let Some(value) = self.whole(field, name, input)? else { return Ok(None) };
        u64::try_from(value)
            .map(Some)
            .map_err(|_| self.out_of_range(field, name, &format!("{name} cannot be negative.")))
    }

    pub(crate) fn tolerated_count(
        &self,
        distributed: &Distributed,
        input: &Payload,
    ) -> Result<u64, Problem> {
        let field = distributed.tolerated_count.as_ref();
        Ok(self.count(field, "ToleratedFailureCount", input)?.unwrap_or(0))
    }

    pub(crate) fn tolerated_percentage(
        &self,
        distributed: &Distributed,
        input: &Payload,
    ) -> Result<f64, Problem> {
        let name = "ToleratedFailurePercentage";
        let field = distributed.tolerated_percentage.as_ref();
        let value = match field {
            None => 0.0,
            Some(Field::Literal(number)) => *number,
            Some(field) => {
                let value = self.computed(field, name, input)?;
                value
                    .as_number()
                    .map(Number::as_f64)
                    .ok_or_else(|| self.wrong_type(field, name, "float", &value))?
            }
        };
        if (0.0..=PERCENTAGE_MAX).contains(&value) {
            return Ok(value);
        }
        Err(self.out_of_range(field, name, &format!("{name} must be between 0 and 100.")))
    }

    pub(crate) fn reader(
        &self,
        reader: Option<&ItemReader>,
        input: &Payload,
    ) -> Result<Option<Reader>, Problem> {
        let Some(reader) = reader else { return Ok(None) };
        let place = "ItemReader";
        Ok(Some(Reader {
            resource: reader.resource.clone(),
            arguments: self.payload_of(reader.arguments.as_ref(), place, input)?,
            config: self.config(&reader.config, &format!("{place}/ReaderConfig"), input)?,
        }))
    }

    pub(crate) fn batch(
        &self,
        batcher: Option<&ItemBatcher>,
        input: &Payload,
    ) -> Result<Option<Batch>, Problem> {
        let Some(batcher) = batcher else { return Ok(None) };
        Ok(Some(Batch {
            max_items: self.positive(batcher.max_items.as_ref(), "MaxItemsPerBatch", input)?,
            max_bytes: self.positive(batcher.max_bytes.as_ref(), "MaxInputBytesPerBatch", input)?,
            input: match &batcher.input {
                None => None,
                Some(value) => Some(self.value_of(value, "ItemBatcher/BatchInput", input)?),
            },
        }))
    }

    pub(crate) fn writer(
        &self,
        writer: Option<&ResultWriter>,
        input: &Payload,
    ) -> Result<Option<Writer>, Problem> {
        let Some(writer) = writer else { return Ok(None) };
        let place = "ResultWriter";
        Ok(Some(Writer {
            resource: writer.resource.clone(),
            arguments: self.payload_of(writer.arguments.as_ref(), place, input)?,
            config: self.config(&writer.config, &format!("{place}/WriterConfig"), input)?,
        }))
    }

    fn positive(
        &self,
        field: Option<&Field<i64>>,
        name: &str,
        input: &Payload,
    ) -> Result<Option<u64>, Problem> {
        match self.count(field, name, input)? {
            Some(0) => Err(self.out_of_range(field, name, &format!("{name} must be positive."))),
            other => Ok(other),
        }
    }

    pub(crate) fn whole(
        &self,
        field: Option<&Field<i64>>,
        name: &str,
        input: &Payload,
    ) -> Result<Option<i64>, Problem> {
        match field {
            None => Ok(None),
            Some(Field::Literal(number)) => Ok(Some(*number)),
            Some(field) => {
                let value = self.computed(field, name, input)?;
                let whole = value.as_i64().map(Some);
                whole.ok_or_else(|| self.wrong_type(field, name, "integer", &value))
            }
        }
    }

    fn config(&self, config: &Config, place: &str, input: &Payload) -> Result<Json, Problem> {
        let mut members = Object::with_capacity(config.len());
        for (name, field) in config {
            let value = match field {
                Field::Literal(value) => value.clone(),
                field => {
                    let value = self.computed(field, &format!("{place}/{name}"), input)?;
                    // The one number among texts.
                    if *name == "MaxItems" && value.as_i64().is_none() {
                        return Err(self.wrong_type(field, name, "integer", &value));
                    }
                    value
                }
            };
            members.insert((*name).into(), value);
        }
        Ok(members.into())
    }

    /// Evaluates `Parameters` or `Arguments` of a reader or writer.
    fn payload_of(
        &self,
        value: Option<&Value>,
        place: &str,
        input: &Payload,
    ) -> Result<Json, Problem> {
        let Some(value) = value else { return Ok(Json::empty_object()) };
        self.value_of(value, &format!("{place}/Arguments"), input)
    }

    fn value_of(&self, value: &Value, place: &str, input: &Payload) -> Result<Json, Problem> {
        match value {
            Value::Template(template) => self.template(template, input),
            Value::Query(query) => self.query(query, &self.sight(input, None), place),
        }
    }

    /// Evaluates a field that is no literal.
    fn computed<T>(&self, field: &Field<T>, place: &str, input: &Payload) -> Result<Json, Problem> {
        match field {
            Field::Path(path) => {
                let selection = compasso_ir::Selection::Path(path.clone());
                Ok(self.select(&selection, input)?.value().clone())
            }
            Field::Query(query) => self.query(query, &self.sight(input, None), place),
            Field::Literal(_) | Field::Intrinsic(_) => {
                unreachable!("literals are no computation, and a Map has no intrinsic fields")
            }
        }
    }

    pub(crate) fn wrong_type<T>(
        &self,
        field: &Field<T>,
        name: &str,
        kind: &str,
        value: &Json,
    ) -> Problem {
        match field {
            Field::Query(query) => self.unexpected_type(name, shown(query), kind, value),
            Field::Path(path) => {
                let text = path.text();
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.runtime(&format!(
                    "The {name}Path field refers to value \"{shown}\" which is not a valid \
                     {kind}: {text}"
                ))
            }
            Field::Literal(_) | Field::Intrinsic(_) => {
                unreachable!("literals have the right type, and a Map has no intrinsic fields")
            }
        }
    }

    fn out_of_range<T>(&self, field: Option<&Field<T>>, name: &str, text: &str) -> Problem {
        match field {
            Some(Field::Query(_)) => self.query_problem(name, text),
            _ => self.runtime(text),
        }
    }
}
