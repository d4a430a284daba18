//! Limits as the settings file has them: a profile, and single ones.

use anyhow::bail;
use clap::ValueEnum;
use compasso_api::ApiSettings;
use compasso_service::Quotas;
use compasso_types::limits::{EXECUTION_EVENTS_MAX, PAYLOAD_BYTES_MAX, REQUEST_BYTES_MAX};
use serde::Deserialize;

/// Largest value that `payload_bytes` can have.
const PAYLOAD_BYTES_CEILING: usize = 64 * 1024 * 1024;
/// Most events of a Standard execution on AWS, and least that `events` can be.
const STRICT_EVENTS_MAX: u64 = 25_000;
/// Largest request of Amazon's API, bytes.
const STRICT_REQUEST_BYTES_MAX: usize = 1_048_576;

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
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QuotaSettings {
    /// Largest input, output or result, bytes.
    payload_bytes: Option<usize>,
    /// Most events of an execution.
    events: Option<u64>,
}

impl QuotaSettings {
    /// Returns the limits of executions.
    pub(crate) fn of(&self, profile: Profile) -> anyhow::Result<Quotas> {
        if profile == Profile::AwsStrict {
            if self.payload_bytes.is_some() || self.events.is_some() {
                bail!("the profile aws-strict has Amazon's limits; [quotas] cannot change them");
            }
            return Ok(Quotas { events_max: STRICT_EVENTS_MAX, ..Quotas::default() });
        }
        let default = Quotas::default();
        let quotas = Quotas {
            payload_bytes_max: self.payload_bytes.unwrap_or(default.payload_bytes_max),
            events_max: self.events.unwrap_or(default.events_max),
        };
        if !(PAYLOAD_BYTES_MAX..=PAYLOAD_BYTES_CEILING).contains(&quotas.payload_bytes_max) {
            bail!("[quotas] payload_bytes must be {PAYLOAD_BYTES_MAX} to {PAYLOAD_BYTES_CEILING}");
        }
        if !(STRICT_EVENTS_MAX..=EXECUTION_EVENTS_MAX).contains(&quotas.events_max) {
            bail!("[quotas] events must be {STRICT_EVENTS_MAX} to {EXECUTION_EVENTS_MAX}");
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
        assert_eq!(raised, Quotas { payload_bytes_max: 1_000_000, events_max: 50_000 });
        for refused in ["payload_bytes = 1", "payload_bytes = 1_000_000_000", "events = 9"] {
            assert!(read(refused, Profile::Default).is_err(), "{refused}");
        }
    }

    #[test]
    fn the_strict_profile_keeps_to_amazons() {
        let strict = read("", Profile::AwsStrict).unwrap();
        assert_eq!(strict, Quotas { payload_bytes_max: 262_144, events_max: 25_000 });
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
