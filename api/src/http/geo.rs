//! Filters by place, which several lists have.

use crate::http::query::Parameters;
use search::{Filter, Point};
use utoipa::IntoParams;

/// Default radius around `near`, in kilometres.
const DEFAULT_RADIUS_KM: f64 = 25.0;

/// Largest radius, in kilometres.
const MAX_RADIUS_KM: f64 = 500.0;

/// Steps in a degree: the index knows places to the seventh decimal. What is asked is rounded likewise, so that a
/// place with more decimals is where it says it is.
const STEPS: f64 = 1e7;

/// Steps around the earth.
const AROUND: f64 = 360.0 * STEPS;

/// The filters by place, for the spec; [`bounding_box`] and [`near`] read them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "says how the parameters look; read by name")]
pub struct GeoParameters {
    /// `minLon,minLat,maxLon,maxLat`, edges included; `minLon > maxLon` crosses the antimeridian, and so does a
    /// longitude beyond 180, as maps that were turned say it. Of several locations any counts.
    #[param(value_type = String, required = false, pattern = r"^-?\d{1,3}(\.\d+)?,-?(90(\.0+)?|[1-8]?\d(\.\d+)?),-?\d{1,3}(\.\d+)?,-?(90(\.0+)?|[1-8]?\d(\.\d+)?)$", example = "-6,50,2,59")]
    bbox: Option<String>,
    /// `lat,lon`: only what is, or has a location, within `radius_km`.
    #[param(value_type = String, required = false, pattern = r"^-?(90(\.0+)?|[1-8]?\d(\.\d+)?),-?(180(\.0+)?|(1[0-7]\d|\d{1,2})(\.\d+)?)$", example = "53.48,-2.24")]
    near: Option<String>,
    /// Radius around `near`.
    #[param(value_type = f64, minimum = 0, maximum = 500, default = 25, required = false)]
    radius_km: Option<f64>,
}

/// `bbox`: a box that may cross the antimeridian.
pub fn bounding_box(parameters: &mut Parameters) -> Option<Filter> {
    let value = parameters.one("bbox")?;
    match numbers::<4>(&value) {
        Some([min_lon, min_lat, max_lon, max_lat])
            if is_turned_lon(min_lon)
                && is_turned_lon(max_lon)
                && is_lat(min_lat)
                && is_lat(max_lat)
                && min_lat <= max_lat =>
        {
            let [min_lon, max_lon] = meridians(min_lon, max_lon);
            Some(Filter::BoundingBox {
                min_lon,
                min_lat: rounded(min_lat),
                max_lon,
                max_lat: rounded(max_lat),
            })
        }
        _ => {
            parameters.fault(
                "bbox",
                "must be minLon,minLat,maxLon,maxLat in degrees: longitude of at most three digits, latitude \
                 -90 to 90, minLat at most maxLat",
            );
            None
        }
    }
}

/// `near` and `radius_km`.
pub fn near(parameters: &mut Parameters) -> Option<Filter> {
    let value = parameters.one("near");
    let radius = parameters.one("radius_km");
    let radius_km = match &radius {
        None => DEFAULT_RADIUS_KM,
        Some(text) => match text.parse::<f64>() {
            Ok(radius) if (0.0..=MAX_RADIUS_KM).contains(&radius) => radius,
            _ => {
                parameters.fault(
                    "radius_km",
                    format!("must be a number from 0 to {MAX_RADIUS_KM}"),
                );
                DEFAULT_RADIUS_KM
            }
        },
    };
    let Some(value) = value else {
        if radius.is_some() {
            parameters.fault("radius_km", "needs near=lat,lon");
        }
        return None;
    };
    match numbers::<2>(&value) {
        Some([lat, lon]) if is_lat(lat) && is_lon(lon) => Some(Filter::Near {
            point: Point {
                lat: rounded(lat),
                lon: rounded(lon),
            },
            radius_km,
        }),
        _ => {
            parameters.fault("near", "must be lat,lon in degrees: -90 to 90, -180 to 180");
            None
        }
    }
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Vec<f64> = text
        .split(',')
        .take(N + 1)
        .map(|number| number.trim().parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// From which meridian to which, eastwards, on a map of -180 to 180. Where the map begins it ends: an edge there takes
/// in what is at 180 and at -180, as a box that crosses.
fn meridians(min: f64, max: f64) -> [f64; 2] {
    if max - min >= 360.0 {
        return [-180.0, 180.0];
    }
    let on_map = |degrees: f64| {
        let west_end = -AROUND / 2.0;
        (((degrees * STEPS).round() - west_end).rem_euclid(AROUND) + west_end) / STEPS
    };
    let min = on_map(min);
    [if min <= -180.0 { 180.0 } else { min }, on_map(max)]
}

/// As the index knows it.
fn rounded(degrees: f64) -> f64 {
    (degrees * STEPS).round() / STEPS
}

/// A longitude on a map that may have been turned around the globe.
fn is_turned_lon(degrees: f64) -> bool {
    degrees.abs() < 1000.0
}

fn is_lat(degrees: f64) -> bool {
    (-90.0..=90.0).contains(&degrees)
}

fn is_lon(degrees: f64) -> bool {
    (-180.0..=180.0).contains(&degrees)
}
