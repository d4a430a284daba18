//! Steps that are actions, which the server carries out.

use compasso_types::{Json, Object};

use super::{Given, Session};
use crate::order::Step;
use crate::{Failure, value};

impl Session<'_> {
    /// Has the server carry out the action of a step.
    pub(super) async fn act(&self, index: usize, step: &Step) -> Result<Given, Failure> {
        let mut arguments = step.inputs.clone().unwrap_or_else(Json::empty_object);
        for (at, text) in &step.computed {
            let value = value::computed(text, &self.document)?;
            let names: Vec<String> = at.split('/').skip(1).map(unescaped).collect();
            arguments = with(&arguments, &names, value.as_ref());
        }
        let acting = self.outside.act(index, arguments);
        let acted = match step.limit() {
            None => acting.await,
            Some(limit) => tokio::time::timeout(limit, acting).await.unwrap_or_else(|_| {
                let title = step.title(index);
                Err(Failure::new("Timeout", format!("{title} took longer than {limit:?}")))
            }),
        };
        Ok(Given { value: acted?, written: None })
    }
}

/// Returns `all` with `value` in a place; without the place if there is none.
fn with(all: &Json, names: &[String], value: Option<&Json>) -> Json {
    let Some((name, rest)) = names.split_first() else { return value.cloned().unwrap_or_default() };
    match all {
        Json::Object(members) => {
            let is_left_out = rest.is_empty() && value.is_none();
            let members = members.iter().filter(|(known, _)| !(is_left_out && ***known == **name));
            let members = members.map(|(known, member)| {
                let is_it = **known == **name;
                (known.clone(), if is_it { with(member, rest, value) } else { member.clone() })
            });
            Json::from(members.collect::<Object>())
        }
        Json::Array(items) => {
            let place = name.parse::<usize>().ok();
            let items = items.iter().enumerate().map(|(at, item)| {
                if Some(at) == place { with(item, rest, value) } else { item.clone() }
            });
            Json::array(items.collect::<Vec<_>>())
        }
        other => other.clone(),
    }
}

fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}
