//! Logging, tracing, encryption and publication, as create and update check them.

use std::sync::Arc;

use crate::arns::arn_length_if;
use crate::constraints::Constraints;
use crate::records::{Published, Settings};
use crate::{EncryptionConfiguration, Error, LoggingConfiguration, TracingConfiguration};

const LOG_LEVELS: [&str; 4] = ["ALL", "ERROR", "FATAL", "OFF"];
/// With keys of Amazon's, and with one of the customer's.
const ENCRYPTION_TYPES: [&str; 2] = ["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"];
const KEY_ID_CHARS_MAX: usize = 2_048;
/// How long a data key is used if the caller does not say, seconds.
const KEY_REUSE_SECONDS: i64 = 300;
/// Longest description of a version or an alias.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 256;

/// What create and update have in common.
pub(crate) struct Configuration<'a> {
    pub(crate) logging: Option<&'a LoggingConfiguration>,
    pub(crate) tracing: Option<TracingConfiguration>,
    pub(crate) encryption: Option<&'a EncryptionConfiguration>,
    pub(crate) publish: Option<bool>,
    pub(crate) version_description: Option<&'a str>,
}

impl Configuration<'_> {
    /// Adds the bounds of the members.
    pub(crate) fn bounds(&self, constraints: Constraints) -> Constraints {
        let level = self.logging.and_then(|logging| logging.level.as_deref());
        let description = description_chars(self.version_description);
        let constraints = destination_bounds(constraints, self.logging)
            .one_of("loggingConfiguration.level", level, &LOG_LEVELS)
            .sensitive("versionDescription", description, 0..=DESCRIPTION_CHARS_MAX);
        encryption_bounds(constraints, self.encryption)
    }

    /// Checks what goes together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_logging(self.logging)?;
        check_encryption(self.encryption)?;
        if self.version_description.is_some() && self.publish != Some(true) {
            return Err(Error::validation(
                "Version description can only be set when publish is true",
            ));
        }
        Ok(())
    }

    /// Returns what becomes of `present`: what is absent here stays.
    pub(crate) fn applied_to(&self, present: &Settings) -> Settings {
        Settings {
            logging: self.logging.map(complete_logging).or_else(|| present.logging.clone()),
            tracing: self.tracing.map_or(present.tracing, |tracing| tracing.enabled),
            encryption: match self.encryption {
                Some(encryption) => complete_encryption(encryption),
                None => present.encryption.clone(),
            },
        }
    }

    /// Returns the publication that is asked for.
    pub(crate) fn publication(&self) -> Option<Published> {
        let description = self.version_description.map(Arc::from);
        (self.publish == Some(true)).then_some(Published { description })
    }
}

/// Returns the length of a description, which messages do not repeat.
pub(crate) fn description_chars(description: Option<&str>) -> usize {
    description.map_or(0, |text| text.chars().count())
}

fn destination_bounds(
    constraints: Constraints,
    logging: Option<&LoggingConfiguration>,
) -> Constraints {
    let destinations = logging.and_then(|logging| logging.destinations.as_deref());
    let numbered = destinations.unwrap_or_default().iter().zip(1..);
    numbered.fold(constraints, |constraints, (destination, number)| {
        let group = destination.cloud_watch_logs_log_group.as_ref();
        let member = format!(
            "loggingConfiguration.destinations.{number}.member.cloudWatchLogsLogGroup.logGroupArn"
        );
        let arn = group.and_then(|group| group.log_group_arn.as_deref());
        arn_length_if(constraints, &member, arn)
    })
}

/// Adds the bounds of an encryption configuration.
pub(crate) fn encryption_bounds(
    constraints: Constraints,
    encryption: Option<&EncryptionConfiguration>,
) -> Constraints {
    let Some(encryption) = encryption else {
        return constraints;
    };
    let key = encryption.kms_key_id.as_deref();
    constraints
        .one_of("encryptionConfiguration.type", Some(&encryption.kind), &ENCRYPTION_TYPES)
        .chars_if("encryptionConfiguration.kmsKeyId", key, 1..=KEY_ID_CHARS_MAX)
        .number_if(
            "encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
            encryption.kms_data_key_reuse_period_seconds,
            60..=900,
        )
}

/// Demands a key exactly where one is used.
pub(crate) fn check_encryption(encryption: Option<&EncryptionConfiguration>) -> Result<(), Error> {
    let Some(encryption) = encryption else {
        return Ok(());
    };
    let has_key = encryption.kms_key_id.is_some();
    match (encryption.kind == ENCRYPTION_TYPES[0], has_key) {
        (true, false) if encryption.kms_data_key_reuse_period_seconds.is_none() => Ok(()),
        (false, true) => Ok(()),
        (true, _) => Err(Error::InvalidEncryptionConfiguration(
            "kmsKeyId and kmsDataKeyReusePeriodSeconds must not be set when type is AWS_OWNED_KEY",
        )),
        (false, false) => Err(Error::InvalidEncryptionConfiguration(
            "kmsKeyId must be set when type is CUSTOMER_MANAGED_KMS_KEY",
        )),
    }
}

/// Fills in what AWS fills in; `None` stands for what every resource has that asks for nothing.
pub(crate) fn complete_encryption(
    encryption: &EncryptionConfiguration,
) -> Option<EncryptionConfiguration> {
    let period = encryption.kms_data_key_reuse_period_seconds.unwrap_or(KEY_REUSE_SECONDS);
    (encryption.kind != ENCRYPTION_TYPES[0]).then(|| EncryptionConfiguration {
        kms_data_key_reuse_period_seconds: Some(period),
        ..encryption.clone()
    })
}

fn complete_logging(logging: &LoggingConfiguration) -> LoggingConfiguration {
    LoggingConfiguration {
        level: logging.level.clone().or_else(|| Some("OFF".into())),
        include_execution_data: logging.include_execution_data,
        destinations: logging.destinations.clone().filter(|destinations| !destinations.is_empty()),
    }
}

fn check_logging(logging: Option<&LoggingConfiguration>) -> Result<(), Error> {
    let Some(logging) = logging else {
        return Ok(());
    };
    let is_off = logging.level.as_deref().is_none_or(|level| level == "OFF");
    let destinations = logging.destinations.as_deref().unwrap_or(&[]);
    match destinations {
        [] if is_off => Ok(()),
        [destination] => {
            let group = destination.cloud_watch_logs_log_group.as_ref();
            match group.and_then(|group| group.log_group_arn.as_deref()) {
                Some(arn) if names_log_group(arn) => Ok(()),
                _ => Err(Error::InvalidLoggingConfiguration("Log Destination not found.")),
            }
        }
        _ => Err(Error::InvalidLoggingConfiguration("Must specify exactly one Log Destination.")),
    }
}

/// Says whether a text has the look of a log group's ARN: log groups are not looked up.
fn names_log_group(arn: &str) -> bool {
    let parts: Vec<_> = arn.split(':').collect();
    matches!(parts[..], ["arn", _, "logs", _, _, "log-group", name, ..] if !name.is_empty())
}
