//! Limits as the settings file has them: a profile, and single ones.

use anyhow::bail;
use clap::ValueEnum;
use compasso_api::ApiSettings;
use compasso_runtime::TransitionRates;
use compasso_service::Quotas;
use compasso_types::bucket::Rate;
use compasso_types::limits::{EXECUTION_EVENTS_MAX, PAYLOAD_BYTES_MAX, REQUEST_BYTES_MAX};
use serde::Deserialize;

/// Largest value that `payload_bytes` can have.
const PAYLOAD_BYTES_CEILING: usize = 64 * 1024 * 1024;
/// Most events of a Standard execution on AWS, and least that `events` can be.
const STRICT_EVENTS_MAX: u64 = 25_000;
/// Largest request of Amazon's API, bytes.
const STRICT_REQUEST_BYTES_MAX: usize = 1_048_576;

/// Most open executions on AWS.
const STRICT_OPEN_EXECUTIONS_MAX: u64 = 1_000_000;
/// Most state machines on AWS, and as many activities.
const STRICT_RESOURCES_MAX: u64 = 100_000;
/// How fast executions go through states on AWS.
const STRICT_TRANSITIONS: TransitionRates = TransitionRates {
    large_regions: Rate { burst: 5_000, refill: 5_000 },
    others: Rate { burst: 800, refill: 800 },
};

/// `profile`: whose limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Profile {
    /// Amazon's limits of payloads and names; long histories, and calls as fast as they come.
    #[default]
    Default,
    /// All of Amazon's limits.
    AwsStrict,
}

/// `[quotas]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QuotaSettings {
    /// Largest input, output or result, bytes.
    payload_bytes: Option<usize>,
    /// Most events of an execution.
    events: Option<Events>,
    /// Most open Standard executions.
    open_executions: Option<u64>,
    /// Most state machines.
    state_machines: Option<u64>,
    /// Most activities.
    activities: Option<u64>,
}

/// `events`: a number, or `"unlimited"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a number of events or \"unlimited\"")]
enum Events {
    AtMost(u64),
    Word(Unlimited),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unlimited {
    Unlimited,
}

impl Events {
    fn max(self) -> u64 {
        match self {
            Self::AtMost(events) => events,
            Self::Word(Unlimited::Unlimited) => u64::MAX,
        }
    }
}

impl QuotaSettings {
    /// Returns the limits of executions.
    pub(crate) fn of(&self, profile: Profile) -> anyhow::Result<Quotas> {
        if profile == Profile::AwsStrict {
            if *self != Self::default() {
                bail!("the profile aws-strict has Amazon's limits; [quotas] cannot change them");
            }
            return Ok(Quotas {
                events_max: STRICT_EVENTS_MAX,
                open_executions_max: Some(STRICT_OPEN_EXECUTIONS_MAX),
                state_machines_max: Some(STRICT_RESOURCES_MAX),
                activities_max: Some(STRICT_RESOURCES_MAX),
                ..Quotas::default()
            });
        }
        let default = Quotas::default();
        let quotas = Quotas {
            payload_bytes_max: self.payload_bytes.unwrap_or(default.payload_bytes_max),
            events_max: self.events.map_or(default.events_max, Events::max),
            open_executions_max: self.open_executions,
            state_machines_max: self.state_machines,
            activities_max: self.activities,
        };
        if !(PAYLOAD_BYTES_MAX..=PAYLOAD_BYTES_CEILING).contains(&quotas.payload_bytes_max) {
            bail!("[quotas] payload_bytes must be {PAYLOAD_BYTES_MAX} to {PAYLOAD_BYTES_CEILING}");
        }
        let is_lifted = quotas.events_max == u64::MAX;
        if !is_lifted && !(STRICT_EVENTS_MAX..=EXECUTION_EVENTS_MAX).contains(&quotas.events_max) {
            bail!(
                "[quotas] events must be {STRICT_EVENTS_MAX} to {EXECUTION_EVENTS_MAX}, or \
                 \"unlimited\""
            );
        }
        Ok(quotas)
    }
}

/// Sets the limits of requests that go with those of executions.
pub(crate) fn limit_requests(api: &mut ApiSettings, profile: Profile, quotas: &Quotas) {
    api.throttled = profile == Profile::AwsStrict;
    // A payload stands in a request as text, in which a quotation mark takes two bytes.
    let raised = 2 * (quotas.payload_bytes_max - PAYLOAD_BYTES_MAX);
    api.request_bytes_max = match profile {
        Profile::AwsStrict => STRICT_REQUEST_BYTES_MAX,
        Profile::Default => REQUEST_BYTES_MAX + raised,
    };
}

/// Returns how fast executions may go through states, if that is limited.
pub(crate) fn transitions(profile: Profile) -> Option<TransitionRates> {
    (profile == Profile::AwsStrict).then_some(STRICT_TRANSITIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, profile: Profile) -> anyhow::Result<Quotas> {
        toml::from_str::<QuotaSettings>(text)?.of(profile)
    }

    #[test]
    fn limits_can_be_raised_within_bounds() {
        assert_eq!(read("", Profile::Default).unwrap(), Quotas::default());
        let raised = read("payload_bytes = 1_000_000\nevents = 50_000", Profile::Default).unwrap();
        let expected =
            Quotas { payload_bytes_max: 1_000_000, events_max: 50_000, ..Quotas::default() };
        assert_eq!(raised, expected);
        for refused in [
            "payload_bytes = 1",
            "payload_bytes = 1_000_000_000",
            "events = 9",
            "events = \"none\"",
        ] {
            assert!(read(refused, Profile::Default).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_execution_may_have_events_without_end() {
        let lifted = read("events = \"unlimited\"", Profile::Default).unwrap();
        assert_eq!(lifted, Quotas { events_max: u64::MAX, ..Quotas::default() });
        let refused = read("events = \"unlimited\"", Profile::AwsStrict).unwrap_err();
        assert!(refused.to_string().contains("aws-strict"), "{refused}");
    }

    #[test]
    fn the_strict_profile_keeps_to_amazons() {
        let strict = read("", Profile::AwsStrict).unwrap();
        assert_eq!((strict.payload_bytes_max, strict.events_max), (262_144, 25_000));
        assert_eq!(strict.open_executions_max, Some(1_000_000));
        let refused = read("events = 50_000", Profile::AwsStrict).unwrap_err();
        assert!(refused.to_string().contains("aws-strict"), "{refused}");
    }

    #[test]
    fn a_request_has_room_for_the_largest_payload() {
        let limit = |profile, payload_bytes_max| {
            let mut api = ApiSettings::default();
            let quotas = Quotas { payload_bytes_max, ..Quotas::default() };
            limit_requests(&mut api, profile, &quotas);
            (api.request_bytes_max, api.throttled)
        };
        assert_eq!(limit(Profile::Default, PAYLOAD_BYTES_MAX), (REQUEST_BYTES_MAX, false));
        assert!(limit(Profile::Default, 20_000_000).0 > 40_000_000);
        assert_eq!(limit(Profile::AwsStrict, PAYLOAD_BYTES_MAX), (1_048_576, true));
    }
}
