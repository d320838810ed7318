//! What an organization's page lists: everything that its JSON-LD says, and more.

use crate::organizations::input::Address;
use crate::organizations::view::OrganizationView;
use crate::taxonomies::{networks, organization_types, sectors};
use crate::web::facts::{Fact, Facts, day};
use crate::web::json_ld::country_name;

/// The facts of an organization.
pub fn facts(view: &OrganizationView) -> Vec<Fact> {
    let mut facts = Facts::default();
    let kind = organization_types::organization_type(&view.organization_type);
    facts.add("What it is", kind.map(|kind| kind.label.clone()));
    facts.add("Registered as", view.legal_name.clone());
    facts.add("Legal form", view.legal_form.clone());
    facts.add("Where", view.address.as_ref().map(address));
    facts.add_url("Website", view.website.as_ref());
    let mail = |email: &String| (email.clone(), Some(format!("mailto:{email}")));
    facts.add_linked("Mail", view.email.as_ref().map(mail));
    facts.add("Phone", view.phone.clone());
    let links = view.links.iter();
    facts.add_linked(
        "Elsewhere",
        links.map(|link| {
            (
                format!("{}: {}", link.rel, link.url),
                Some(link.url.clone()),
            )
        }),
    );
    let labels = view.sectors.iter().map(|code| {
        sectors::sector(code).map_or_else(|| code.clone(), |sector| sector.label.clone())
    });
    facts.add("Sectors", joined(labels));
    facts.add("Technologies", joined(view.technologies.iter().cloned()));
    facts.add("Tags", joined(view.tags.iter().cloned()));
    facts.add("Languages", joined(view.languages.iter().cloned()));
    let networks = view
        .networks
        .iter()
        .filter_map(|code| networks::network(code));
    facts.add_linked(
        "Member of",
        networks.map(|network| (network.name.clone(), network.website.clone())),
    );
    facts.add("Founded", view.founded_on.map(day));
    facts.add("Dissolved", view.dissolved_on.map(day));
    facts.add("Members", view.members_count.map(|count| count.to_string()));
    facts.add(
        "Employees",
        view.employees_count.map(|count| count.to_string()),
    );
    let identifiers = view.identifiers.iter();
    facts.add(
        "Register numbers",
        identifiers.map(|identifier| format!("{} {}", identifier.scheme, identifier.value)),
    );
    facts.add_url("Logo", view.logo_url.as_ref());
    if let Some(source) = &view.source {
        facts.add_linked("Imported from", [(source.name.clone(), source.url.clone())]);
    }
    facts.done()
}

fn address(address: &Address) -> String {
    let parts = [
        address.street.as_deref(),
        address.locality.as_deref(),
        address.region.as_deref(),
        address.postal_code.as_deref(),
        address.country.as_deref().map(country_name),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// One value of many.
fn joined(values: impl Iterator<Item = String>) -> Option<String> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(", "))
}
