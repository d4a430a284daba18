//! What a connection adds to a call, as requests, answers and the store have it.

mod bounds;

pub(super) use bounds::Demand;

use serde::{Deserialize, Serialize};

use super::record::AuthorizationType;
use crate::Error;
use crate::objects::only_objects;

/// Declares an object of optional members.
macro_rules! members {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $member:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(remote = "Self", rename_all = "PascalCase", default)]
        #[expect(missing_docs, reason = "the members are the API's")]
        pub struct $name {
            $(
                $(#[$member_meta])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $member: Option<$type>,
            )+
        }
    };
}

members!(
    /// All that a connection adds to a call.
    AuthParameters {
        basic_auth_parameters: BasicParameters,
        #[serde(rename = "OAuthParameters")]
        oauth_parameters: OAuthParameters,
        api_key_auth_parameters: ApiKeyParameters,
        invocation_http_parameters: HttpParameters,
        connectivity_parameters: ResourceParameters,
    }
);

members!(
    /// A user's name and password.
    BasicParameters { username: String, password: String, }
);

members!(
    /// A header that holds a key.
    ApiKeyParameters { api_key_name: String, api_key_value: String, }
);

members!(
    /// Where access tokens come from.
    OAuthParameters {
        client_parameters: ClientParameters,
        authorization_endpoint: String,
        http_method: String,
        #[serde(rename = "OAuthHttpParameters")]
        oauth_http_parameters: HttpParameters,
    }
);

members!(
    /// Who asks for access tokens.
    ClientParameters {
        #[serde(rename = "ClientID")]
        client_id: String,
        client_secret: String,
    }
);

members!(
    /// Headers, query parameters and members of the body.
    HttpParameters {
        header_parameters: Vec<HttpParameter>,
        query_string_parameters: Vec<HttpParameter>,
        body_parameters: Vec<HttpParameter>,
    }
);

members!(
    /// A name and its value, which is secret unless it says that it is not.
    HttpParameter { key: String, value: String, is_value_secret: bool, }
);

members!(
    /// The way to a private API.
    ResourceParameters { resource_parameters: ResourceConfiguration, }
);

members!(
    /// What AWS reaches a private API by; only in answers with its association.
    ResourceConfiguration {
        resource_configuration_arn: String,
        resource_association_arn: String,
    }
);

only_objects!(
    AuthParameters,
    BasicParameters,
    ApiKeyParameters,
    OAuthParameters,
    ClientParameters,
    HttpParameters,
    HttpParameter,
    ResourceParameters,
    ResourceConfiguration
);

impl AuthParameters {
    /// Returns the parameters without secrets.
    pub(super) fn shown(&self) -> Self {
        let mut shown = self.clone();
        if let Some(basic) = &mut shown.basic_auth_parameters {
            basic.password = None;
        }
        if let Some(key) = &mut shown.api_key_auth_parameters {
            key.api_key_value = None;
        }
        if let Some(oauth) = &mut shown.oauth_parameters {
            if let Some(client) = &mut oauth.client_parameters {
                client.client_secret = None;
            }
            if let Some(http) = &mut oauth.oauth_http_parameters {
                http.hide_secrets();
            }
        }
        if let Some(http) = &mut shown.invocation_http_parameters {
            http.hide_secrets();
        }
        shown
    }

    /// Returns these parameters with those of `update` over them.
    pub(super) fn updated(&self, update: Self) -> Self {
        let basic = |new: BasicParameters, old: BasicParameters| BasicParameters {
            username: new.username.or(old.username),
            password: new.password.or(old.password),
        };
        let api_key = |new: ApiKeyParameters, old: ApiKeyParameters| ApiKeyParameters {
            api_key_name: new.api_key_name.or(old.api_key_name),
            api_key_value: new.api_key_value.or(old.api_key_value),
        };
        let old = self.clone();
        Self {
            basic_auth_parameters: over(
                update.basic_auth_parameters,
                old.basic_auth_parameters,
                basic,
            ),
            oauth_parameters: over(
                update.oauth_parameters,
                old.oauth_parameters,
                OAuthParameters::over,
            ),
            api_key_auth_parameters: over(
                update.api_key_auth_parameters,
                old.api_key_auth_parameters,
                api_key,
            ),
            invocation_http_parameters: update
                .invocation_http_parameters
                .or(old.invocation_http_parameters),
            connectivity_parameters: update.connectivity_parameters.or(old.connectivity_parameters),
        }
    }

    /// Demands the parameters of `kind`, whole, and drops those of other kinds.
    pub(super) fn of_kind(mut self, kind: AuthorizationType) -> Result<Self, Error> {
        let (member, is_whole) = match kind {
            AuthorizationType::Basic => (
                "BasicAuthParameters",
                self.basic_auth_parameters
                    .as_ref()
                    .is_some_and(|basic| basic.username.is_some() && basic.password.is_some()),
            ),
            AuthorizationType::ApiKey => (
                "ApiKeyAuthParameters",
                self.api_key_auth_parameters
                    .as_ref()
                    .is_some_and(|key| key.api_key_name.is_some() && key.api_key_value.is_some()),
            ),
            AuthorizationType::OauthClientCredentials => (
                "OAuthParameters",
                self.oauth_parameters.as_ref().is_some_and(OAuthParameters::is_whole),
            ),
        };
        if !is_whole {
            return Err(Error::validation(format!(
                "AuthParameters must have {member} for the authorization type {}",
                kind.name()
            )));
        }
        if kind != AuthorizationType::Basic {
            self.basic_auth_parameters = None;
        }
        if kind != AuthorizationType::ApiKey {
            self.api_key_auth_parameters = None;
        }
        if kind != AuthorizationType::OauthClientCredentials {
            self.oauth_parameters = None;
        }
        Ok(self)
    }
}

impl OAuthParameters {
    fn over(self, old: Self) -> Self {
        let client = |new: ClientParameters, old: ClientParameters| ClientParameters {
            client_id: new.client_id.or(old.client_id),
            client_secret: new.client_secret.or(old.client_secret),
        };
        Self {
            client_parameters: over(self.client_parameters, old.client_parameters, client),
            authorization_endpoint: self.authorization_endpoint.or(old.authorization_endpoint),
            http_method: self.http_method.or(old.http_method),
            oauth_http_parameters: self.oauth_http_parameters.or(old.oauth_http_parameters),
        }
    }

    fn is_whole(&self) -> bool {
        let has_client = self
            .client_parameters
            .as_ref()
            .is_some_and(|client| client.client_id.is_some() && client.client_secret.is_some());
        has_client && self.authorization_endpoint.is_some() && self.http_method.is_some()
    }
}

impl HttpParameters {
    /// Returns all lists.
    fn lists(&self) -> [&Option<Vec<HttpParameter>>; 3] {
        [&self.header_parameters, &self.query_string_parameters, &self.body_parameters]
    }

    fn hide_secrets(&mut self) {
        let lists = [
            &mut self.header_parameters,
            &mut self.query_string_parameters,
            &mut self.body_parameters,
        ];
        for parameter in lists.into_iter().flatten().flatten() {
            if parameter.is_secret() {
                parameter.value = None;
            }
        }
    }
}

impl HttpParameter {
    /// Who does not say so is believed to have a secret.
    fn is_secret(&self) -> bool {
        self.is_value_secret.unwrap_or(true)
    }
}

impl ResourceParameters {
    /// Returns them as answers have them: with the association that AWS would have made.
    pub(super) fn associated(&self, key: &str, id: &str) -> Self {
        let mut shown = self.clone();
        if let Some(resource) = &mut shown.resource_parameters {
            let digits: String = id.chars().filter(char::is_ascii_hexdigit).take(17).collect();
            let place = key.split(':').skip(3).take(2).collect::<Vec<_>>().join(":");
            resource.resource_association_arn = Some(format!(
                "arn:aws:vpc-lattice:{place}:servicenetworkresourceassociation/snra-{digits}"
            ));
        }
        shown
    }
}

fn over<T>(new: Option<T>, old: Option<T>, merge: impl Fn(T, T) -> T) -> Option<T> {
    match (new, old) {
        (Some(new), Some(old)) => Some(merge(new, old)),
        (new, old) => new.or(old),
    }
}
