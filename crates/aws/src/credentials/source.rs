//! Where keys come from, in the order in which AWS SDKs look.

use std::fmt;
use std::path::PathBuf;

use super::roles::WebIdentity;
use super::sso::SignOn;
use crate::profile::{Profile, SharedFiles};
use crate::{Credentials, Environment};

/// Most profiles that stand behind one another.
const PROFILES_MAX: usize = 8;

/// A source of keys that somebody set up.
#[derive(Clone)]
pub(crate) enum Source {
    /// Keys that do not end.
    Keys(Credentials),
    /// A role that the keys of another source assume.
    Role(Box<ProfileRole>),
    /// A token that is exchanged for keys.
    WebIdentity(WebIdentity),
    /// Single sign-on: somebody has signed on, and the token of that is kept.
    SignOn(SignOn),
    /// A command that prints keys.
    Process(String),
    /// The service of the container or the machine around this process.
    Surroundings,
    /// Nothing: what is set up makes no sense. It says why.
    Broken(String),
}

/// A role of a profile.
#[derive(Clone)]
pub(crate) struct ProfileRole {
    pub(crate) arn: String,
    pub(crate) session: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) from: Source,
}

impl Source {
    /// Finds the source that the environment and its profile name; `None` if they name none.
    pub(crate) fn find(environment: &Environment, files: &SharedFiles) -> Option<Self> {
        let variable = |name: &str| environment.get(&name.to_ascii_uppercase()).map(str::to_owned);
        if let Some(keys) = Credentials::read(variable) {
            return Some(Self::Keys(keys));
        }
        Finder { environment, files }.of_profile(profile_name(environment), PROFILES_MAX)
    }
}

/// Returns the name of the profile that the environment chooses.
pub(crate) fn profile_name(environment: &Environment) -> &str {
    environment.get("AWS_PROFILE").unwrap_or("default")
}

struct Finder<'a> {
    environment: &'a Environment,
    files: &'a SharedFiles,
}

impl Finder<'_> {
    /// Finds the source of a profile, behind which at most `depth` others may stand.
    fn of_profile(&self, name: &str, depth: usize) -> Option<Source> {
        let profile = self.files.profile(name);
        let is_chosen = depth == PROFILES_MAX;
        self.role(&profile, name, depth)
            .or_else(|| self.web_identity(&profile, is_chosen))
            .or_else(|| SignOn::of(self.environment, &profile).map(Source::SignOn))
            .or_else(|| keys(&profile))
            .or_else(|| Some(Source::Process(profile.get("credential_process")?.to_owned())))
    }

    fn role(&self, profile: &Profile, name: &str, depth: usize) -> Option<Source> {
        let arn = profile.get("role_arn")?;
        let text = |name: &str| profile.get(name).map(str::to_owned);
        let from = match (profile.get("source_profile"), profile.get("credential_source")) {
            // A profile that names itself means its own keys.
            (Some(own), _) if own == name => keys(profile),
            (Some(other), _) if depth > 0 => self.of_profile(other, depth - 1),
            (Some(_), _) => None,
            (None, Some("Environment")) => {
                let variable = |name: &str| {
                    self.environment.get(&name.to_ascii_uppercase()).map(str::to_owned)
                };
                Credentials::read(variable).map(Source::Keys)
            }
            (None, Some("Ec2InstanceMetadata" | "EcsContainer")) => Some(Source::Surroundings),
            (None, Some(_)) => None,
            (None, None) => return None,
        };
        let Some(from) = from else {
            let why = format!("the profile {name} names no source of keys for its role");
            return Some(Source::Broken(why));
        };
        Some(Source::Role(Box::new(ProfileRole {
            arn: arn.to_owned(),
            session: text("role_session_name"),
            external_id: text("external_id"),
            region: text("region"),
            from,
        })))
    }

    /// Reads a web identity; variables are about the profile that was chosen.
    fn web_identity(&self, profile: &Profile, is_chosen: bool) -> Option<Source> {
        let setting = |name: &str| {
            let variable = format!("AWS_{}", name.to_ascii_uppercase());
            let variable = self.environment.get(&variable).filter(|_| is_chosen);
            variable.or_else(|| profile.get(name)).map(str::to_owned)
        };
        Some(Source::WebIdentity(WebIdentity {
            token_file: PathBuf::from(setting("web_identity_token_file")?),
            role: setting("role_arn")?,
            session: setting("role_session_name"),
        }))
    }
}

fn keys(profile: &Profile) -> Option<Source> {
    Credentials::read(|name| profile.get(name).map(str::to_owned)).map(Source::Keys)
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keys(_) => "Keys",
            Self::Role(_) => "Role",
            Self::WebIdentity(_) => "WebIdentity",
            Self::SignOn(_) => "SignOn",
            Self::Process(_) => "Process",
            Self::Surroundings => "Surroundings",
            Self::Broken(_) => "Broken",
        })
    }
}
