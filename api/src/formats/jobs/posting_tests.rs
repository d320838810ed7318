use super::*;
use serde_json::json;

fn read(members: &Value) -> JobRow {
    let mut posting = json!({"@type": "JobPosting", "identifier": "1"});
    posting
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    row(1, &posting).unwrap()
}

#[test]
fn a_whole_posting() {
    let job = read(&json!({
        "identifier": {"@type": "PropertyValue", "name": "Suma", "value": "42"},
        "title": "Baker &amp; miller",
        "description": "<p>You bake.</p><ul><li>bread</li></ul>",
        "datePosted": "2026-02-01",
        "validThrough": "2026-03-01",
        "employmentType": ["FULL_TIME", "Part-time"],
        "hiringOrganization": {"@type": "Organization", "name": "Suma", "sameAs": ["https://suma.coop", "https://suma.coop/", "https://dir.example/organizations/suma"], "url": "https://www.suma.coop/jobs"},
        "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "streetAddress": "x", "addressLocality": "Elland", "addressRegion": "West Yorkshire", "addressCountry": {"@type": "Country", "name": "United Kingdom"}}, "geo": {"latitude": "53.68", "longitude": -1.83}},
        "baseSalary": {"@type": "MonetaryAmount", "currency": "gbp", "value": {"@type": "QuantitativeValue", "minValue": "25,000", "maxValue": 28000.5, "unitText": "YEAR"}},
        "skills": "Baking, Sourdough",
        "url": "https://suma.coop/jobs/42",
        "directApply": true,
    }));
    assert_eq!(job.external_id, "Suma:42");
    assert_eq!(job.employer.name.as_deref(), Some("Suma"));
    assert_eq!(
        job.employer.websites,
        [
            "https://www.suma.coop/jobs",
            "https://suma.coop",
            "https://suma.coop/"
        ]
    );
    assert_eq!(
        job.posted_at.unwrap().to_rfc3339(),
        "2026-02-01T00:00:00+00:00"
    );
    assert_eq!(job.warnings, Vec::<String>::new());
    assert_eq!(
        Value::Object(job.data),
        json!({
            "title": "Baker & miller",
            "description": "You bake.\n\n- bread",
            "employment_types": ["full_time", "part_time"],
            "workplace": "on_site",
            "locations": [{"locality": "Elland", "region": "West Yorkshire", "country": "GB", "lat": 53.68, "lon": -1.83}],
            "applicant_countries": [],
            "salary": {"min": 25000.0, "max": 28000.5, "currency": "GBP", "period": "year"},
            "skills": ["Baking", "Sourdough"],
            "direct_apply": true,
            "apply_url": "https://suma.coop/jobs/42",
            "valid_through": "2026-03-01T23:59:59+00:00",
        })
    );
}

#[test]
fn a_remote_posting() {
    let job = read(&json!({
        "jobLocationType": "TELECOMMUTE",
        "applicantLocationRequirements": [{"@type": "Country", "name": "USA"}, {"@type": "Country", "name": "Deutschland"}, {"@type": "State", "name": "Vancouver, BC, Canada"}, "Mars"],
        "employmentType": "FULL_TIME, CONTRACTOR",
        "jobLocation": ["Leeds, UK", {"@type": "Place", "address": {"addressCountry": "UK"}}],
        "applicationContact": {"email": "jobs@suma.coop"},
    }));
    assert_eq!(job.data["workplace"], "remote");
    assert_eq!(job.data["applicant_countries"], json!(["US", "DE", "CA"]));
    assert_eq!(
        job.data["employment_types"],
        json!(["full_time", "contractor"])
    );
    assert_eq!(
        job.data["locations"],
        json!([{"locality": "Leeds", "country": "GB"}, {"country": "GB"}])
    );
    assert_eq!(job.data["apply_email"], "jobs@suma.coop");
    assert_eq!(job.warnings.len(), 1, "{:?}", job.warnings);
}

#[test]
fn salaries() {
    for (written, read_as) in [
        (
            json!({"currency": "EUR", "value": {"value": 20, "unitText": "HOUR"}}),
            json!({"min": 20.0, "max": 20.0, "currency": "EUR", "period": "hour"}),
        ),
        (
            json!({"currency": "EUR", "value": {"minValue": 20, "unitText": "per month"}}),
            json!({"min": 20.0, "max": null, "currency": "EUR", "period": "month"}),
        ),
        (
            json!({"currency": "EUR", "value": "2000", "unitText": "MONTH"}),
            json!({"min": 2000.0, "max": 2000.0, "currency": "EUR", "period": "month"}),
        ),
        (
            json!({"currency": "EUR", "minValue": 1, "maxValue": 2, "unitText": "DAY"}),
            json!({"min": 1.0, "max": 2.0, "currency": "EUR", "period": "day"}),
        ),
        (
            json!({"currency": "EURO", "value": {"value": 20, "unitText": "HOUR"}}),
            Value::Null,
        ),
        (
            json!({"currency": "EUR", "value": {"value": 20}}),
            Value::Null,
        ),
        (
            json!({"currency": "EUR", "value": {"minValue": 3, "maxValue": 2, "unitText": "HOUR"}}),
            Value::Null,
        ),
        (
            json!({"currency": "EUR", "value": {"minValue": "negotiable", "unitText": "HOUR"}}),
            Value::Null,
        ),
        (json!("competitive"), Value::Null),
    ] {
        let job = read(&json!({"baseSalary": written}));
        let salary = job.data.get("salary").unwrap_or(&Value::Null);
        assert_eq!(salary, &read_as, "{written}");
        let warned = job
            .warnings
            .iter()
            .any(|warning| warning.starts_with("salary"));
        assert_eq!(warned, read_as.is_null(), "{written}: {:?}", job.warnings);
    }
}

#[test]
fn what_it_is_known_by() {
    let known = |posting: Value| row(1, &posting).map(|row| row.external_id);
    assert_eq!(
        known(json!({"@id": "#a", "url": "https://x.coop/"})).unwrap(),
        "#a"
    );
    assert_eq!(
        known(json!({"url": "https://x.coop/"})).unwrap(),
        "https://x.coop/"
    );
    assert_eq!(known(json!({"identifier": {"value": 7}})).unwrap(), "7");
    assert_eq!(known(json!({"identifier": 8})).unwrap(), "8");
    assert!(known(json!({"title": "Baker"})).is_err());
}

#[test]
fn dirt_is_left_out_with_a_warning() {
    let job = read(&json!({
        "employmentType": "GIG",
        "jobLocation": {"address": {"addressCountry": "Atlantis"}, "geo": {"latitude": 91, "longitude": 0}},
        "validThrough": "soon",
        "datePosted": "yesterday",
        "url": "javascript:alert(1)",
        "skills": ["x".repeat(61)],
        "description": "a\u{0}b",
    }));
    assert_eq!(job.data["employment_types"], json!(["other"]));
    assert_eq!(job.data["locations"], json!([]));
    assert!(!job.data.contains_key("apply_url"));
    assert_eq!(job.posted_at, None);
    for field in [
        "employment_types",
        "locations",
        "valid_through",
        "posted_at",
        "apply_url",
        "skills",
    ] {
        let named = job
            .warnings
            .iter()
            .any(|warning| warning.starts_with(field));
        assert!(named, "{field}: {:?}", job.warnings);
    }
}
