//! What stands in several operations alike is said once, among the components.

use super::{code_lists, operations};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, Ref, RefOr};

/// Makes components of the code lists, and of all headers, responses and parameters that stand
/// there twice.
pub fn share(mut spec: OpenApi) -> OpenApi {
    code_lists::share(&mut spec);
    let headers = shared("headers", &mut headers(&mut spec));
    let responses = shared("responses", &mut responses(&mut spec));
    let parameters = shared("parameters", &mut parameters(&mut spec));
    let components = spec.components.get_or_insert_default();
    components.headers.extend(headers);
    components.responses.extend(responses);
    components.parameters.extend(parameters);
    spec
}

/// The names of those that are not called as their header or parameter is, because others are
/// called so too: a place where each stands, and its name. A response needs a name always.
const NAMES: [(&str, &str); 30] = [
    ("create_job ETag", "NewETag"),
    ("get_job ETag", "ETag"),
    ("get_jobs_feed ETag", "PageETag"),
    ("get_organization Location", "SurvivorLocation"),
    ("get_job 410", "Gone"),
    ("create_job 422", "IdempotencyKeyReused"),
    ("create_job 410", "CreatedButGone"),
    ("archive_organization 410", "DeletedOrMerged"),
    ("get_attestation 410", "OrganizationGone"),
    ("delete_api_client 204", "Ended"),
    ("delete_job 204", "Removed"),
    ("register 202", "LookIntoYourMail"),
    ("get_jobs_feed 304", "SamePage"),
    ("get_job 304", "SameVersion"),
    ("list_job_history 200", "History"),
    ("get_me 200", "Account"),
    ("find_duplicates 200", "LikelyDuplicates"),
    ("get_organization 308", "Merged"),
    ("remove_member 409", "LastOwner"),
    ("get_jobs_feed limit", "FeedLimit"),
    ("list_jobs limit", "SearchLimit"),
    ("list_jobs cursor", "SearchCursor"),
    ("get_jobs_feed If-None-Match", "IfNoneMatchPage"),
    ("get_job If-None-Match", "IfNoneMatchVersion"),
    ("get_job id", "JobId"),
    ("get_user id", "UserId"),
    ("get_organization id", "OrganizationId"),
    ("list_members id", "OwningOrganizationId"),
    ("delete_my_session session_id", "SessionId"),
    ("update_organization ETag", "ChangedETag"),
];

/// One place in the spec: what it is called in [`NAMES`], the name it would have by itself, and
/// what stands there.
struct Place<'a, T> {
    at: String,
    own_name: String,
    value: &'a mut RefOr<T>,
}

/// Points at a component wherever equals stand; returns the components.
fn shared<T: Clone + PartialEq>(
    folder: &str,
    places: &mut [Place<'_, T>],
) -> Vec<(String, RefOr<T>)> {
    let mut groups: Vec<(T, Vec<&mut Place<'_, T>>)> = Vec::new();
    for place in places {
        let RefOr::T(value) = &*place.value else {
            continue;
        };
        match groups.iter_mut().find(|(same, _)| same == value) {
            Some((_, places)) => places.push(place),
            None => groups.push((value.clone(), vec![place])),
        }
    }
    groups.retain(|(_, places)| places.len() > 1);
    let mut components: Vec<(String, RefOr<T>)> = Vec::new();
    for (value, places) in groups {
        let name = name(&places);
        // Of two that want one name the second stays where it is, until somebody names it.
        if name.is_empty() || components.iter().any(|(taken, _)| *taken == name) {
            continue;
        }
        for place in places {
            *place.value = RefOr::Ref(Ref::new(format!("#/components/{folder}/{name}")));
        }
        components.push((name, RefOr::T(value)));
    }
    components
}

fn name<T>(places: &[&mut Place<'_, T>]) -> String {
    let given = NAMES
        .iter()
        .find(|(at, _)| places.iter().any(|place| place.at == *at));
    match (given, places.first()) {
        (Some((_, name)), _) => (*name).to_owned(),
        (None, Some(place)) => place.own_name.clone(),
        (None, None) => String::new(),
    }
}

/// `If-Match` and `radius_km` as `IfMatch` and `RadiusKm`.
fn pascal_case(name: &str) -> String {
    name.split(['-', '_'])
        .filter_map(|word| Some((word.get(..1)?, word.get(1..)?)))
        .map(|(first, rest)| first.to_uppercase() + rest)
        .collect()
}

fn all_operations(spec: &mut OpenApi) -> impl Iterator<Item = (String, &mut Operation)> {
    spec.paths
        .paths
        .values_mut()
        .flat_map(operations)
        .map(|operation| {
            let id = operation.operation_id.clone().unwrap_or_default();
            (id, operation)
        })
}

fn parameters(spec: &mut OpenApi) -> Vec<Place<'_, utoipa::openapi::path::Parameter>> {
    let mut places = Vec::new();
    for (id, operation) in all_operations(spec) {
        for value in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = &*value {
                places.push(Place {
                    at: format!("{id} {}", parameter.name),
                    own_name: pascal_case(&parameter.name),
                    value,
                });
            }
        }
    }
    places
}

fn responses(spec: &mut OpenApi) -> Vec<Place<'_, utoipa::openapi::Response>> {
    let mut places = Vec::new();
    for (id, operation) in all_operations(spec) {
        for (status, value) in &mut operation.responses.responses {
            places.push(Place {
                at: format!("{id} {status}"),
                own_name: String::new(),
                value,
            });
        }
    }
    places
}

fn headers(spec: &mut OpenApi) -> Vec<Place<'_, utoipa::openapi::Header>> {
    let mut places = Vec::new();
    for (id, operation) in all_operations(spec) {
        for response in operation.responses.responses.values_mut() {
            let RefOr::T(response) = response else {
                continue;
            };
            for (name, value) in &mut response.headers {
                places.push(Place {
                    at: format!("{id} {name}"),
                    own_name: pascal_case(name),
                    value,
                });
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_a_component() {
        let components = crate::openapi::openapi().components.unwrap_or_default();
        for (at, name) in NAMES {
            let is_there = components.headers.contains_key(name)
                || components.responses.contains_key(name)
                || components.parameters.contains_key(name);
            assert!(is_there, "{at}: {name}");
        }
        for (name, ..) in code_lists::LISTS {
            assert!(components.schemas.contains_key(name), "{name}");
        }
    }
}
