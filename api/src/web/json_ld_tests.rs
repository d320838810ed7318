use super::*;
use crate::money::{Amount, Period};
use chrono::TimeDelta;
use entity::job::EmploymentType;
use proptest::prelude::*;
use std::collections::HashSet;

const HERE: &str = "https://dir.example";

fn job() -> JobView {
    serde_json::from_value(crate::jobs::view::sample()).expect("the sample")
}

fn employer() -> OrganizationView {
    serde_json::from_value(crate::organizations::view::sample()).expect("the sample")
}

/// Text that means something to HTML, JSON, XML or Markdown, and text that means nothing.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("</script>".to_owned()),
        Just("<!--<script>".to_owned()),
        Just("]]>".to_owned()),
        Just("<img src=x onerror=alert(1)>".to_owned()),
        Just("[x](javascript:alert(1))".to_owned()),
        Just("\n# heading\n\n- list\n1. numbers\n> said\n\n```\ncode\n```\n".to_owned()),
        Just("\u{202e}\u{2066}\u{2028}\u{2029}\u{ffff}\u{1}".to_owned()),
        Just("a \"quoted\" & plain 'word'".to_owned()),
        ".{0,20}",
    ];
    proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn location() -> impl Strategy<Value = JobLocation> {
    let country = proptest::option::of(prop_oneof![Just("GB"), Just("DE"), Just("JP")]);
    (proptest::option::of(hostile()), country).prop_map(|(locality, country)| JobLocation {
        locality,
        country: country.map(str::to_owned),
        ..JobLocation::default()
    })
}

fn salary() -> impl Strategy<Value = Salary> {
    let amount = |cents| Amount::from_cents(cents).unwrap_or_default();
    let cents = move || proptest::option::of((0..10_000_000_i64).prop_map(amount));
    let periods = proptest::sample::select(Period::WORDS);
    (cents(), cents(), periods).prop_map(|(min, max, (_, period))| Salary {
        min,
        max: max.max(min),
        currency: "EUR".to_owned(),
        period,
    })
}

prop_compose! {
    /// A job of any shape, also of shapes that no input may have.
    fn any_job()(
        title in hostile(),
        description in hostile(),
        workplace in proptest::sample::select(Workplace::WORDS),
        types in proptest::sample::subsequence(EmploymentType::WORDS, 0..=8),
        locations in proptest::collection::vec(location(), 0..4),
        countries in proptest::sample::subsequence(vec!["FR", "ES", "US"], 0..=3),
        salary in proptest::option::of(salary()),
        is_posted in any::<bool>(),
        days in proptest::option::of(1..180_i64),
        direct_apply in any::<bool>(),
    ) -> JobView {
        let mut job = job();
        let posted = job.posted_at.filter(|_| is_posted);
        job.title = title;
        job.description = description;
        job.workplace = workplace.1;
        job.employment_types = types.into_iter().map(|(_, kind)| kind).collect();
        job.locations = locations;
        job.applicant_countries = countries.into_iter().map(str::to_owned).collect();
        job.salary = salary;
        job.posted_at = posted;
        job.valid_through = posted.zip(days).map(|(at, days)| at + TimeDelta::days(days));
        job.direct_apply = direct_apply;
        job
    }
}

/// What developers.google.com/search/docs/appearance/structured-data/job-posting asks for.
fn check_google_rules(posting: &Value, job: &JobView) {
    let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(posting["@context"], "https://schema.org");
    assert_eq!(posting["@type"], "JobPosting");
    // Required: title, description, datePosted, hiringOrganization, and a place.
    let title = string(&posting["title"]);
    assert!(!title.trim().is_empty());
    check_description(&string(&posting["description"]), &title);
    DateTime::parse_from_rfc3339(&string(&posting["datePosted"])).expect("a time");
    assert_eq!(posting["hiringOrganization"]["@type"], "Organization");
    assert!(!string(&posting["hiringOrganization"]["name"]).is_empty());
    for page in ["sameAs", "logo"] {
        let page = string(&posting["hiringOrganization"][page]);
        assert!(url::Url::parse(&page).is_ok(), "{page:?}");
    }
    let places = posting["jobLocation"].as_array();
    let applicants = posting["applicantLocationRequirements"].as_array();
    assert!(places.is_some() || applicants.is_some(), "no place");
    for place in places.into_iter().flatten() {
        assert_eq!(place["@type"], "Place");
        assert_eq!(place["address"]["@type"], "PostalAddress");
        assert_eq!(string(&place["address"]["addressCountry"]).len(), 2);
    }
    // Remote: both or neither, and only where nobody has to come.
    let is_remote = posting.get("jobLocationType").is_some();
    assert_eq!(is_remote, applicants.is_some());
    if is_remote {
        assert_eq!(posting["jobLocationType"], "TELECOMMUTE");
        assert_eq!(job.workplace, Workplace::Remote);
    }
    for country in applicants.into_iter().flatten() {
        assert_eq!(country["@type"], "Country");
        assert!(string(&country["name"]).len() > 2, "a name, no code");
    }
    assert_eq!(is_remote, job.workplace == Workplace::Remote);
    // It says when it was posted, and when it ends wherever it does.
    let time = |name: &str| {
        let time = posting.get(name)?;
        Some(DateTime::parse_from_rfc3339(&string(time)).expect("a time"))
    };
    assert_eq!(
        time("datePosted"),
        job.posted_at.map(|at| at.fixed_offset())
    );
    assert_eq!(
        time("validThrough"),
        job.valid_through.map(|at| at.fixed_offset())
    );
    // Recommended, and right where they are there.
    let known: HashSet<_> = [
        "FULL_TIME",
        "PART_TIME",
        "CONTRACTOR",
        "TEMPORARY",
        "INTERN",
        "VOLUNTEER",
        "PER_DIEM",
        "OTHER",
    ]
    .into();
    for kind in posting["employmentType"].as_array().into_iter().flatten() {
        assert!(known.contains(string(kind).as_str()), "{kind}");
    }
    assert_eq!(posting["identifier"]["@type"], "PropertyValue");
    assert_eq!(posting["identifier"]["value"], job.id.to_string());
    assert_eq!(posting["directApply"], job.direct_apply);
    assert_eq!(posting.get("baseSalary").is_some(), job.salary.is_some());
    if let Some(salary) = posting.get("baseSalary") {
        check_salary(salary);
    }
}

fn check_salary(salary: &Value) {
    assert_eq!(salary["@type"], "MonetaryAmount");
    assert_eq!(salary["currency"].as_str().map(str::len), Some(3));
    let value = &salary["value"];
    assert_eq!(value["@type"], "QuantitativeValue");
    let unit = value["unitText"].as_str().unwrap_or_default();
    assert!(["HOUR", "DAY", "WEEK", "MONTH", "YEAR"].contains(&unit));
    for name in ["value", "minValue", "maxValue"] {
        assert!(value.get(name).is_none_or(Value::is_number), "{name}");
    }
}

/// It has other words than the title, and no other elements than those that are recognised.
fn check_description(html: &str, title: &str) {
    let only = |tags: &[&'static str]| {
        let mut builder = ammonia::Builder::empty();
        builder.tags(tags.iter().copied().collect());
        builder
    };
    assert_eq!(only(&["br", "li", "p", "ul"]).clean(html).to_string(), html);
    let text = only(&[]).clean(html).to_string();
    assert!(!text.trim().is_empty(), "{html:?}");
    assert_ne!(text.trim(), ammonia::clean_text(title));
}

proptest! {
    #[test]
    fn every_job_follows_the_rules_or_is_no_posting(job in any_job(), name in hostile(), known in any::<bool>()) {
        let mut employer = employer();
        if !known {
            (employer.website, employer.logo_url) = (None, None);
        }
        employer.name = name;
        let Some(posting) = job_posting(&job, &employer, HERE) else {
            let has_country = !applicant_countries(&job).is_empty() && job.workplace == Workplace::Remote
                || job.locations.iter().any(|place| place.country.is_some());
            let has_names = !line(&job.title).is_empty() && !line(&employer.name).is_empty();
            prop_assert!(job.posted_at.is_none() || !has_country || !has_names);
            return Ok(());
        };
        check_google_rules(&posting, &job);
        let text = script(&posting);
        let dangerous = ['<', '>', '&', '\u{2028}', '\u{2029}'];
        prop_assert!(!text.contains(dangerous));
        prop_assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), posting);
    }

    #[test]
    fn no_organization_ends_its_script(name in hostile(), summary in hostile()) {
        let mut view = employer();
        view.name = name;
        view.summary = Some(summary);
        let document = organization(&view, "https://example.coop/organizations/a");
        let text = script(&document);
        prop_assert!(!text.contains(['<', '>', '&']));
        prop_assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), document);
    }

    #[test]
    fn an_indeed_job_is_xml(job in any_job(), name in hostile()) {
        use crate::web::indeed_xml::{END, Publisher, head, job as write};
        let mut employer = employer();
        employer.name = name;
        let publisher = Publisher {
            name: "example.coop",
            url: "https://example.coop",
            email: "jobs@example.coop",
        };
        let mut xml = head(&publisher, job.created_at).expect("memory");
        xml.extend(write(&job, &employer, &publisher).expect("memory"));
        xml.extend(END.as_bytes());
        let xml = String::from_utf8(xml).expect("UTF-8");
        let mut depth = 0;
        let mut references = HashSet::new();
        let mut in_reference = false;
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            use quick_xml::events::Event;
            match reader.read_event().expect("XML") {
                Event::Start(tag) => {
                    depth += 1;
                    in_reference = tag.name().into_inner() == b"referencenumber";
                }
                Event::End(_) => depth -= 1,
                Event::CData(text) if in_reference => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    prop_assert!(references.insert(text), "a reference twice");
                }
                Event::Eof => break,
                _ => {}
            }
        }
        prop_assert_eq!(depth, 0);
    }
}

#[test]
fn a_posting_in_full() {
    let posting = job_posting(&job(), &employer(), HERE).expect("a posting");
    check_google_rules(&posting, &job());
    assert_eq!(
        posting["jobLocation"],
        json!([{"@type": "Place", "address": {
            "@type": "PostalAddress",
            "addressLocality": "Rochdale",
            "addressRegion": "Greater Manchester",
            "addressCountry": "GB",
        }}])
    );
    assert_eq!(
        posting["baseSalary"],
        json!({"@type": "MonetaryAmount", "currency": "GBP", "value": {
            "@type": "QuantitativeValue", "minValue": 38000, "maxValue": 42000, "unitText": "YEAR",
        }})
    );
    assert_eq!(posting["employmentType"], json!(["PART_TIME"]));
    assert_eq!(posting["datePosted"], "2026-01-02T09:30:00Z");
    assert_eq!(posting["validThrough"], "2026-03-03T09:30:00Z");
    assert_eq!(posting.get("jobLocationType"), None);
}

#[test]
fn remote_means_from_somewhere() {
    let mut job = job();
    job.workplace = Workplace::Remote;
    job.applicant_countries = vec!["DE".to_owned(), "FR".to_owned()];
    let names = |job: &JobView| {
        let posting = job_posting(job, &employer(), HERE).expect("a posting");
        assert_eq!(posting["jobLocationType"], "TELECOMMUTE");
        posting["applicantLocationRequirements"].clone()
    };
    assert_eq!(
        names(&job),
        json!([{"@type": "Country", "name": "Germany"}, {"@type": "Country", "name": "France"}])
    );
    job.applicant_countries.clear();
    assert_eq!(
        names(&job),
        json!([{"@type": "Country", "name": "United Kingdom"}])
    );
    job.locations.clear();
    assert_eq!(job_posting(&job, &employer(), HERE), None);
}

#[test]
fn a_description_that_is_the_title_says_who_it_is() {
    let mut job = job();
    job.description = format!("# {}", job.title);
    let posting = job_posting(&job, &employer(), HERE).expect("a posting");
    check_google_rules(&posting, &job);
}
