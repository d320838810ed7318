//! Where the map ends, and how exactly places are known.

use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(places_are_found_at_every_edge);

/// Atoll and Beach are on the antimeridian, written both ways; Cape is west of it and Delta east, Estuary has more
/// decimals than anybody measures, and Fjord is at the pole.
const PLACES: [(&str, f64, f64); 6] = [
    ("Atoll", -15.0, 180.0),
    ("Beach", -15.0, -180.0),
    ("Cape", -14.0, 175.5),
    ("Delta", -14.0, -175.25),
    ("Estuary", 53.123_456_789_012, -2.987_654_321_098),
    ("Fjord", 90.0, 12.345_678_95),
];

/// The first letters of what is listed.
async fn listed(server: &Server, query: &str) -> String {
    let page = server.get(&format!("/v1/organizations?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.text());
    let page = page.json();
    let items = page["items"].as_array().unwrap().iter();
    let names = items.map(|item| item["name"].as_str().unwrap());
    names.map(|name| &name[..1]).collect()
}

async fn places_are_found_at_every_edge(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    for (name, lat, lon) in PLACES {
        let mut body = organization(name);
        body["location"] = json!({"lat": lat, "lon": lon});
        let path = "/v1/organizations?refresh=wait_for";
        let listed = server.post(path, Some(&moderator), &body).await;
        assert_eq!(listed.status, 201, "{}", listed.text());
    }
    for (bbox, found) in [
        ("170,-20,180,-10", "ABC"),
        ("-180,-20,-170,-10", "ABD"),
        ("170,-20,-170,-10", "ABCD"),
        ("170,-20,-180,-10", "ABC"),
        ("180,-20,-170,-10", "ABD"),
        ("180,-20,180,-10", "AB"),
        ("-180,-20,-180,-10", "AB"),
        ("-180,-20,180,-10", "ABCD"),
        ("180,-20,-180,-10", "AB"),
        ("179.99999999,-20,180,-10", "AB"),
        // Maps that were turned.
        ("170,-20,190,-10", "ABCD"),
        ("-190,-20,-170,-10", "ABCD"),
        ("182,-20,186,-10", "D"),
        ("530,-20,536,-10", "C"),
        ("-190,-20,170,-10", "ABCD"),
        ("-999,-20,999,-10", "ABCD"),
        ("181,-20,184,-10", ""),
        ("-170,-20,170,-10", ""),
        ("0,90,20,90", "F"),
        // An edge on the very place.
        ("-3,53,-2.987654321098,53.123456789012", "E"),
        ("-2.987654321098,53.123456789012,-2,54", "E"),
        ("-2.9876542,53,-2,54", ""),
    ] {
        assert_eq!(
            listed(&server, &format!("bbox={bbox}")).await,
            found,
            "{bbox}"
        );
    }
    let all = server.get("/v1/organizations").await.json();
    for item in all["items"].as_array().unwrap() {
        let (lat, lon) = (&item["location"]["lat"], &item["location"]["lon"]);
        let query = format!("near={lat},{lon}&radius_km=0");
        let name = item["name"].as_str().unwrap();
        assert_eq!(listed(&server, &query).await, name[..1], "{query}");
    }
    assert_eq!(listed(&server, "near=-15,179.9&radius_km=20").await, "AB");
}
