//! Logging, tracing, encryption and publication, as create and update check them.

use crate::constraints::Constraints;
use crate::{EncryptionConfiguration, Error, LoggingConfiguration};

const LOG_LEVELS: [&str; 4] = ["ALL", "ERROR", "FATAL", "OFF"];
const ENCRYPTION_TYPES: [&str; 2] = ["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"];
const DESCRIPTION_CHARS_MAX: usize = 256;

/// What create and update have in common.
pub(crate) struct Configuration<'a> {
    pub(crate) logging: Option<&'a LoggingConfiguration>,
    pub(crate) encryption: Option<&'a EncryptionConfiguration>,
    pub(crate) publish: Option<bool>,
    pub(crate) version_description: Option<&'a str>,
}

impl Configuration<'_> {
    /// Adds the bounds of the members.
    pub(crate) fn bounds(&self, constraints: Constraints) -> Constraints {
        let level = self.logging.and_then(|logging| logging.level.as_deref());
        let description = self.version_description.map_or(0, |text| text.chars().count());
        let constraints = constraints
            .one_of("loggingConfiguration.level", level, &LOG_LEVELS)
            .sensitive("versionDescription", description, 0..=DESCRIPTION_CHARS_MAX);
        encryption_bounds(constraints, self.encryption)
    }

    /// Checks what goes together and what this version can do.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_logging(self.logging)?;
        check_encryption(self.encryption)?;
        match (self.publish, self.version_description) {
            (Some(true), _) => Err(Error::validation(
                "This server does not keep versions of state machines: publish must be false",
            )),
            (_, Some(_)) => {
                Err(Error::validation("Version description can only be set when publish is true"))
            }
            _ => Ok(()),
        }
    }
}

/// Adds the bounds of an encryption configuration.
pub(crate) fn encryption_bounds(
    constraints: Constraints,
    encryption: Option<&EncryptionConfiguration>,
) -> Constraints {
    let Some(encryption) = encryption else {
        return constraints;
    };
    constraints
        .one_of("encryptionConfiguration.type", Some(&encryption.kind), &ENCRYPTION_TYPES)
        .chars_if("encryptionConfiguration.kmsKeyId", encryption.kms_key_id.as_deref(), 1..=2048)
        .number_if(
            "encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
            encryption.kms_data_key_reuse_period_seconds,
            60..=900,
        )
}

/// Demands an encryption that this server provides.
pub(crate) fn check_encryption(encryption: Option<&EncryptionConfiguration>) -> Result<(), Error> {
    if encryption.is_some_and(|encryption| encryption.kind != ENCRYPTION_TYPES[0]) {
        return Err(Error::InvalidEncryptionConfiguration(
            "This server does not encrypt with customer managed keys.",
        ));
    }
    Ok(())
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
                Some(arn) if !arn.is_empty() => Ok(()),
                _ => Err(Error::InvalidLoggingConfiguration("Log Destination not found.")),
            }
        }
        _ => Err(Error::InvalidLoggingConfiguration("Must specify exactly one Log Destination.")),
    }
}
