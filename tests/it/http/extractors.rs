//! Handlers take bodies by the extractors of `http::body`, which bound them in bytes and time. Those of the
//! framework know no time, and unpack what is encoded.

use crate::harness::sources;
use syn::punctuated::Punctuated;
use syn::{FnArg, GenericArgument, Item, ItemFn, PathArguments, ReturnType, Token, Type};

/// Types that the framework makes of a body.
const OF_THE_FRAMEWORK: [&str; 9] = [
    "Bytes",
    "BytesMut",
    "Either",
    "Json",
    "Multipart",
    "Payload",
    "Readlines",
    "String",
    "Vec",
];

/// What the framework would read the body as for this parameter, if it did.
fn reads_a_body(parameter: &Type) -> Option<String> {
    let Type::Path(path) = parameter else {
        return None;
    };
    let last = path.path.segments.last()?;
    let name = last.ident.to_string();
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return OF_THE_FRAMEWORK.contains(&name.as_str()).then_some(name);
    };
    // Our own `Form` has no type within.
    if name == "Form" || OF_THE_FRAMEWORK.contains(&name.as_str()) {
        return Some(name);
    }
    if !["Option", "Result"].contains(&name.as_str()) {
        return None;
    }
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(within) => reads_a_body(within),
        _ => None,
    })
}

/// The parameters of a function that may be a handler: it waits, answers, and owns all it gets.
fn parameters(function: &ItemFn) -> Option<Vec<&Type>> {
    let ReturnType::Type(_, answer) = &function.sig.output else {
        return None;
    };
    let answers = match answer.as_ref() {
        Type::Path(path) => tells_of_an_answer(&path.path.segments),
        _ => false,
    };
    if function.sig.asyncness.is_none() || !answers {
        return None;
    }
    let types = function.sig.inputs.iter().map(|parameter| match parameter {
        FnArg::Typed(typed) => Some(typed.ty.as_ref()),
        FnArg::Receiver(_) => None,
    });
    let types: Vec<_> = types.collect::<Option<_>>()?;
    let borrows = types.iter().any(|of| matches!(of, Type::Reference(_)));
    (!borrows).then_some(types)
}

fn tells_of_an_answer(segments: &Punctuated<syn::PathSegment, Token![::]>) -> bool {
    segments.iter().any(|segment| {
        segment.ident == "HttpResponse"
            || matches!(&segment.arguments, PathArguments::AngleBracketed(arguments)
                if arguments.args.iter().any(|argument| matches!(argument,
                    GenericArgument::Type(Type::Path(path)) if tells_of_an_answer(&path.path.segments))))
    })
}

#[test]
fn no_handler_takes_a_body_by_an_extractor_of_the_framework() {
    let mut handlers = 0;
    let mut found = Vec::new();
    for (file, source) in sources() {
        for item in syn::parse_file(&source).unwrap().items {
            let Item::Fn(function) = item else { continue };
            let Some(parameters) = parameters(&function) else {
                continue;
            };
            handlers += 1;
            for name in parameters.into_iter().filter_map(reads_a_body) {
                found.push(format!("{file} {}: {name}", function.sig.ident));
            }
        }
        // Nobody else has the bytes of a body in hand.
        if source.contains("payload.take()") && !file.ends_with("/http/body.rs") {
            found.push(format!("{file}: payload.take()"));
        }
    }
    assert!(handlers > 100, "{handlers}");
    assert!(
        found.is_empty(),
        "take http::body::Raw or another of its extractors: {found:#?}"
    );
}

#[test]
fn the_test_above_knows_the_extractors_of_the_framework() {
    for (parameter, read) in [
        ("web::Bytes", true),
        ("String", true),
        ("web::Payload", true),
        ("web::Form<Thing>", true),
        ("Option<web::Json<Thing>>", true),
        ("Result<actix_web::web::Bytes, Error>", true),
        ("Form", false),
        ("web::Path<String>", false),
        ("Query<NoParameters>", false),
        ("JsonObject", false),
    ] {
        let parameter_type: Type = syn::parse_str(parameter).unwrap();
        assert_eq!(reads_a_body(&parameter_type).is_some(), read, "{parameter}");
    }
}
