//! Routing configurations: which versions an alias stands for.

use compasso_types::Arn;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::arns::{arn_length, version};
use crate::constraints::Constraints;
use crate::objects::only_objects;
use crate::publications::{Alias, Publications, Route, qualified};

/// Most versions of an alias.
const ROUTES_MAX: usize = 2;
/// What the weights of an alias come to.
const WEIGHTS_SUM: i64 = 100;

/// A version and its share of the starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
pub struct RoutingConfiguration {
    /// The version's ARN.
    pub state_machine_version_arn: Option<String>,
    /// Out of a hundred.
    pub weight: Option<i64>,
}

only_objects!(RoutingConfiguration);

/// Routes as a request has them, checked.
pub(super) struct Routes {
    /// The state machine of all versions.
    pub(super) machine: Arn,
    pub(super) routes: Vec<Route>,
}

/// Adds the bounds of a routing configuration.
pub(super) fn routing_bounds(
    mut constraints: Constraints,
    routing: &[RoutingConfiguration],
) -> Constraints {
    constraints =
        constraints.items("routingConfiguration", routing.len(), &written(routing), 1..=ROUTES_MAX);
    for (route, number) in routing.iter().zip(1..) {
        let member = |name: &str| format!("routingConfiguration.{number}.member.{name}");
        let (arn, weight) = (member("stateMachineVersionArn"), member("weight"));
        constraints = match &route.state_machine_version_arn {
            Some(text) => arn_length(constraints, &arn, text),
            None => constraints.missing(&arn),
        };
        constraints = match route.weight {
            Some(_) => constraints.number_if(&weight, route.weight, 0..=WEIGHTS_SUM),
            None => constraints.missing(&weight),
        };
    }
    constraints
}

impl Routes {
    /// Reads a configuration that keeps to its bounds.
    ///
    /// # Errors
    /// The versions are not two of one state machine, or the weights do not come to a hundred.
    pub(super) fn parse(routing: &[RoutingConfiguration]) -> Result<Self, Error> {
        let mut machine = None;
        let mut routes: Vec<Route> = Vec::new();
        for route in routing {
            let text = route.state_machine_version_arn.as_deref().unwrap_or_default();
            let (arn, number) = version(text)?;
            if machine.get_or_insert_with(|| arn.clone()) != &arn {
                return Err(Error::routing(format!(
                    "Routing configuration must contain versions of one state machine. Received: \
                     {}",
                    arns(routing)
                )));
            }
            if routes.iter().any(|route| route.version == number) {
                return Err(Error::routing(format!(
                    "Routing configuration must contain distinct state machine version ARNs. \
                     Received: {}",
                    arns(routing)
                )));
            }
            let weight = route.weight.and_then(|weight| u32::try_from(weight).ok());
            routes.push(Route { version: number, weight: weight.unwrap_or_default() });
        }
        check_sum(routing)?;
        let machine = machine.ok_or_else(|| Error::routing("Routing configuration is empty"))?;
        Ok(Self { machine, routes })
    }

    /// Demands that the versions exist.
    pub(super) fn check(&self, publications: &Publications) -> Result<(), Error> {
        let missing =
            self.routes.iter().find(|route| publications.version(route.version).is_none());
        match missing {
            None => Ok(()),
            Some(route) => {
                let arn = qualified(self.machine.as_str(), route.version).to_string();
                Err(Error::AliasNotFound { arn })
            }
        }
    }
}

/// Shows the routes of an alias.
pub(super) fn shown(machine: &Arn, alias: &Alias) -> Vec<RoutingConfiguration> {
    let route = |route: &Route| RoutingConfiguration {
        state_machine_version_arn: Some(qualified(machine.as_str(), route.version).to_string()),
        weight: Some(i64::from(route.weight)),
    };
    alias.routes.iter().map(route).collect()
}

fn check_sum(routing: &[RoutingConfiguration]) -> Result<(), Error> {
    let weights: Vec<i64> = routing.iter().filter_map(|route| route.weight).collect();
    if weights.iter().sum::<i64>() == WEIGHTS_SUM {
        return Ok(());
    }
    let weights: Vec<String> = weights.iter().map(ToString::to_string).collect();
    Err(Error::routing(format!(
        "Sum of routing configuration weights must equal 100. Received: [{}]",
        weights.join(", ")
    )))
}

fn arns(routing: &[RoutingConfiguration]) -> String {
    let arns: Vec<_> =
        routing.iter().filter_map(|route| route.state_machine_version_arn.as_deref()).collect();
    format!("[{}]", arns.join(", "))
}

/// Writes a configuration as AWS writes it into messages.
fn written(routing: &[RoutingConfiguration]) -> String {
    let item = |route: &RoutingConfiguration| {
        let arn = route.state_machine_version_arn.as_deref().unwrap_or("null");
        let weight = route.weight.map_or_else(|| "null".into(), |weight| weight.to_string());
        format!("RoutingConfigurationListItem(stateMachineVersionArn={arn}, weight={weight})")
    };
    let items: Vec<_> = routing.iter().map(item).collect();
    format!("[{}]", items.join(", "))
}
