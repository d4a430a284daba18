//! What a service task calls.

use crate::models::{self, Operation, Service};
use crate::{Naming, OPTIMIZED, Optimized, OptimizedAction, Patterns};

/// What an `aws-sdk` resource's service begins with.
const SDK: &str = "aws-sdk:";

/// An operation of a service with a model, and how it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The service's model.
    pub service: &'static Service,
    /// The operation.
    pub operation: &'static Operation,
    /// Which kind of integration it is.
    pub family: Family,
}

/// Which kind of integration a call is.
#[derive(Clone, Copy, Debug)]
pub enum Family {
    /// `aws-sdk:service:action`
    Sdk,
    /// `service:action`
    Optimized(&'static Optimized),
}

impl Call {
    /// Returns what `service:action` calls, `service` being `aws-sdk:…` or an optimized one; `None`
    /// if there is no such operation, or if the integration has a way of its own.
    pub fn of(service: &str, action: &str) -> Option<Self> {
        if let Some(name) = service.strip_prefix(SDK) {
            let service = models::find(name)?;
            let operation = service.operation(action)?;
            return Some(Self { service, operation, family: Family::Sdk });
        }
        let (known, action) = optimized(service, action)?;
        if action.adapted {
            return None;
        }
        Self::of_operation(known.service, action.operation)
    }

    /// Returns the call whose parameters `service:action` takes; `None` if no model describes them.
    pub(crate) fn describing(service: &str, action: &str) -> Option<Self> {
        match optimized(service, action) {
            Some((known, action)) => Self::of_operation(known.service, action.operation),
            None => Self::of(service, action),
        }
    }

    /// Returns the call of any operation of the model behind an optimized integration.
    pub fn of_operation(service: &str, operation: &str) -> Option<Self> {
        let optimized = OPTIMIZED.iter().find(|known| known.service == service)?;
        let service = models::find(optimized.model)?;
        let operation = service.operation_named(operation)?;
        Some(Self { service, operation, family: Family::Optimized(optimized) })
    }

    /// Returns the same call, named and explained as the optimized integration `service` does: the
    /// integration may stand in front of several services.
    #[must_use]
    pub fn shown_as(self, service: &str) -> Option<Self> {
        let optimized = OPTIMIZED.iter().find(|known| known.service == service)?;
        Some(Self { family: Family::Optimized(optimized), ..self })
    }

    /// Returns how members are named.
    pub fn naming(&self) -> Naming {
        match self.family {
            Family::Sdk => Naming::Sdk,
            Family::Optimized(_) => Naming::Optimized,
        }
    }
}

/// Returns how tasks of `service:action` may end; `None` if there is no such integration.
pub fn patterns(service: &str, action: &str) -> Option<Patterns> {
    if service.starts_with(SDK) {
        return Call::of(service, action).map(|_| Patterns::TOKEN);
    }
    optimized(service, action).map(|(_, action)| action.patterns)
}

fn optimized(
    service: &str,
    action: &str,
) -> Option<(&'static Optimized, &'static OptimizedAction)> {
    let optimized = OPTIMIZED.iter().find(|known| known.service == service)?;
    let action = optimized.actions.iter().find(|known| known.name == action)?;
    Some((optimized, action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_optimized_action_has_a_model_or_a_way_of_its_own() {
        for service in OPTIMIZED {
            for action in service.actions.iter().filter(|action| !action.operation.is_empty()) {
                assert!(
                    Call::describing(service.service, action.name).is_some(),
                    "{}:{}",
                    service.service,
                    action.name
                );
            }
        }
    }

    #[test]
    fn actions_are_named_as_the_methods_of_the_sdk() {
        for (service, action) in [
            ("aws-sdk:dynamodb", "putItem"),
            ("aws-sdk:rds", "describeDBInstances"),
            ("aws-sdk:cloudwatchlogs", "putLogEvents"),
            ("aws-sdk:sfn", "startExecution"),
            ("aws-sdk:sesv2", "sendEmail"),
            ("aws-sdk:costexplorer", "getCostAndUsage"),
        ] {
            assert_eq!(patterns(service, action), Some(Patterns::TOKEN), "{service}:{action}");
        }
        for (service, action) in
            [("aws-sdk:dynamodb", "PutItem"), ("aws-sdk:nosuch", "putItem"), ("sqs", "purgeQueue")]
        {
            assert_eq!(patterns(service, action), None, "{service}:{action}");
        }
    }
}
