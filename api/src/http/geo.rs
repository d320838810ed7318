//! Filters by place, which several lists have.

use crate::http::query::Parameters;
use search::{Filter, Point};
use utoipa::IntoParams;

/// Default radius around `near`, in kilometres.
const DEFAULT_RADIUS_KM: f64 = 25.0;

/// Largest radius, in kilometres.
const MAX_RADIUS_KM: f64 = 500.0;

/// The filters by place, for the spec; [`bounding_box`] and [`near`] read them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "says how the parameters look; read by name")]
pub struct GeoParameters {
    /// `minLon,minLat,maxLon,maxLat`; `minLon > maxLon` crosses the antimeridian. Of several
    /// locations any counts.
    #[param(value_type = String, required = false, pattern = r"^-?(180(\.0{1,6})?|(1[0-7]\d|\d{1,2})(\.\d{1,6})?),-?(90(\.0{1,6})?|[1-8]?\d(\.\d{1,6})?),-?(180(\.0{1,6})?|(1[0-7]\d|\d{1,2})(\.\d{1,6})?),-?(90(\.0{1,6})?|[1-8]?\d(\.\d{1,6})?)$", example = "-6,50,2,59")]
    bbox: Option<String>,
    /// `lat,lon`: only what is, or has a location, within `radius_km`.
    #[param(value_type = String, required = false, pattern = r"^-?(90(\.0{1,6})?|[1-8]?\d(\.\d{1,6})?),-?(180(\.0{1,6})?|(1[0-7]\d|\d{1,2})(\.\d{1,6})?)$", example = "53.48,-2.24")]
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
            if is_lon(min_lon)
                && is_lon(max_lon)
                && is_lat(min_lat)
                && is_lat(max_lat)
                && min_lat <= max_lat =>
        {
            Some(Filter::BoundingBox {
                min_lon,
                min_lat,
                max_lon,
                max_lat,
            })
        }
        _ => {
            parameters.fault(
                "bbox",
                "must be minLon,minLat,maxLon,maxLat in degrees, with minLat at most maxLat",
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
            point: Point { lat, lon },
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

fn is_lat(degrees: f64) -> bool {
    (-90.0..=90.0).contains(&degrees)
}

fn is_lon(degrees: f64) -> bool {
    (-180.0..=180.0).contains(&degrees)
}
