//! Which messages are sent together, and counted together in metrics.

use entity::mail::Template;

/// Messages that are as urgent as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What a person sits and waits for.
    Awaited,
    /// What somebody has to know.
    Notices,
    /// News that were ordered.
    Alerts,
}

impl Class {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Awaited, Self::Notices, Self::Alerts];

    /// As metrics call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Notices => "notices",
            Self::Alerts => "alerts",
        }
    }

    /// Its messages.
    pub const fn templates(self) -> &'static [Template] {
        match self {
            Self::Awaited => &[
                Template::ResetPassword,
                Template::VerifyEmail,
                Template::ChangeEmail,
                Template::ClaimEmail,
                Template::Invitation,
            ],
            Self::Notices => &[
                Template::EmailChanged,
                Template::ClaimContested,
                Template::ClaimDecided,
                Template::ListingModerated,
                Template::JobExpires,
            ],
            Self::Alerts => &[Template::JobAlerts],
        }
    }

    /// The class of a message.
    pub const fn of(template: Template) -> Self {
        match template {
            Template::ResetPassword
            | Template::VerifyEmail
            | Template::ChangeEmail
            | Template::ClaimEmail
            | Template::Invitation => Self::Awaited,
            Template::EmailChanged
            | Template::ClaimContested
            | Template::ClaimDecided
            | Template::ListingModerated
            | Template::JobExpires => Self::Notices,
            Template::JobAlerts => Self::Alerts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Iterable;

    #[test]
    fn every_message_is_of_its_class() {
        for template in Template::iter() {
            assert!(
                Class::of(template).templates().contains(&template),
                "{template:?}"
            );
        }
        let all: usize = Class::ALL.iter().map(|class| class.templates().len()).sum();
        assert_eq!(all, Template::iter().count());
    }
}
