//! What people type finds what they mean: kind by kind, at least ten members of each, and what must not be found.

use search::{Document, Keyword, Query, TextField, Weight};

use crate::harness::{TestIndex, doc_in, ids, text_query};

/// Records of these names, with their languages, in one index: each with its number as id.
fn named(names: &[(&str, &str)]) -> TestIndex {
    let documents = names.iter().enumerate();
    let documents: Vec<Document> = documents
        .map(|(number, (language, name))| doc_in(language, &format!("{number:02}"), name, ""))
        .collect();
    TestIndex::with(&documents)
}

/// Each query finds the record of a number, as typed; and only it.
fn finds_only(index: &TestIndex, cases: &[(&str, usize)]) {
    for (text, number) in cases {
        let page = index.page(text);
        assert_eq!(ids(&page), [format!("{number:02}")], "{text}");
        assert!(!page.relaxed && page.corrections.is_empty(), "{text}");
    }
}

/// Each query finds the record of a number, as typed, before all others.
fn finds_first(index: &TestIndex, cases: &[(&str, usize)]) {
    for (text, number) in cases {
        let page = index.page(text);
        let first = ids(&page).into_iter().next();
        assert_eq!(first, Some(format!("{number:02}")), "{text}");
        assert!(!page.relaxed && page.corrections.is_empty(), "{text}");
    }
}

/// None of the queries finds anything but in another spelling.
fn finds_nothing(index: &TestIndex, texts: &[&str]) {
    for text in texts {
        let page = index.page(text);
        let as_typed = !page.relaxed && page.corrections.is_empty();
        assert!(page.total == 0 || !as_typed, "{text}: {:?}", ids(&page));
    }
}

#[test]
fn stems_count_in_texts_of_their_language() {
    let index = named(&[
        ("en", "Bread for the people"),
        ("tr", "Arena Salonu"),
        ("en", "Are Hall"),
        ("en", "Arena Hall"),
        ("it", "Care cose"),
        ("en", "Car club"),
        ("en", "New York tenants"),
        ("fr", "Fort du vieux port"),
        ("es", "Casa del barrio"),
        ("de", "Die neue Wache"),
        ("en", "Cooper and daughters"),
        ("en", "Organ builders"),
    ]);
    finds_nothing(
        &index,
        &[
            "forest",
            "their",
            "news",
            "area",
            "cooperative",
            "organisation",
            "casos",
            "forty",
            "nieuw",
            "theirs",
            "organic",
        ],
    );
    assert_eq!(index.set("arena"), ["01", "03"]);
    assert_eq!(index.set("care"), ["04"]);
    assert_eq!(index.set("cars"), ["05"]);
    assert_eq!(index.set("casas"), ["08"]);
}

#[test]
fn neighbours_come_first() {
    let index = named(&[
        ("en", "Kind Hearts to Be"),
        ("en", "Zeta Be Kind Contracting"),
        ("en", "S and M and other letters"),
        ("en", "M&S Community Energy"),
        ("en", "Green House of the Open Door"),
        ("en", "The Open House of Green Doors"),
        ("en", "Mill Street Water"),
        ("en", "Street Water Mill"),
        ("ja", "日本の田舎"),
        ("ja", "本田商店"),
        ("zh", "山水合作社"),
        ("zh", "水山茶合作社"),
    ]);
    finds_first(
        &index,
        &[
            ("be kind", 1),
            ("kind hearts", 0),
            ("m&s", 3),
            ("green house", 4),
            ("open house", 5),
            ("open door", 4),
            ("mill street", 6),
            ("water mill", 7),
            ("street water mill", 7),
            ("本田", 9),
            ("日本", 8),
            ("山水", 10),
        ],
    );
    assert_eq!(index.ids("本田"), ["09"]);
    assert_eq!(index.ids("水山"), ["11"]);
}

#[test]
fn scripts_without_spaces_have_words() {
    let index = named(&[
        ("th", "สหกรณ์นกยูง นก"),
        ("th", "สวนกาแฟ เงินกัน"),
        ("lo", "ສະຫະກອນ ກະສິກຳ"),
        ("km", "សហគមន៍ កសិកម្ម"),
        ("my", "သမဝါယမ အသင်း"),
        ("ja", "東京都の生活クラブ"),
        ("ja", "京都の工房"),
        ("ko", "소비자생활협동조합"),
        ("ko", "햇빛발전협동조합"),
        ("zh", "上海互助社"),
    ]);
    finds_only(
        &index,
        &[
            ("นก", 0),
            ("กาแฟ", 1),
            ("ກະສິກຳ", 2),
            ("កសិកម្ម", 3),
            ("သမဝါယမ", 4),
            ("東京", 5),
            ("京都", 6),
            ("소비자", 7),
            ("햇빛발전", 8),
            ("互助社", 9),
            ("生活クラブ", 5),
        ],
    );
    // And the first, by its synonym.
    assert_eq!(index.set("협동조합"), ["00", "07", "08"]);
}

#[test]
fn one_name_has_many_spellings() {
    let index = named(&[
        ("en", "Bread & Roses"),
        ("de", "Brot und Butter"),
        ("es", "Sol y Luna"),
        ("it", "Sant'Egidio"),
        ("fr", "Coop'Alsace"),
        ("en", "Waiʻanae Growers"),
        ("en", "Wi-Fi Neighbours"),
        ("en", "Car-Sharing Leeds"),
        ("en", "Carpool Sharing"),
        ("de", "Bio-Laden Mitte"),
        ("en", "Eco village builders"),
        ("en", "Start-Up Hub"),
        ("fr", "L’Épi d’Or"),
        ("en", "O'Brien Weavers"),
        ("en", "Q.Z.X. Savers"),
        ("en", "Mid-Counties Dairy"),
        ("en", "Rock'n'Roll School"),
    ]);
    finds_first(
        &index,
        &[
            ("bread and roses", 0),
            ("bread + roses", 0),
            ("bread roses", 0),
            ("brot & butter", 1),
            ("brot butter", 1),
            ("sol & luna", 2),
            ("sol e luna", 2),
            ("egidio", 3),
            ("sant egidio", 3),
            ("santegidio", 3),
            ("sant`egidio", 3),
            ("alsace", 4),
            ("waianae", 5),
            ("wai'anae", 5),
            ("wai‘anae", 5),
            ("wifi", 6),
            ("wi fi", 6),
            ("carsharing", 7),
            ("car sharing", 7),
            ("bioladen", 9),
            ("bio laden", 9),
            ("ecovillage", 10),
            ("eco-village", 10),
            ("startup", 11),
            ("epi d'or", 12),
            ("obrien", 13),
            ("o brien", 13),
            ("qzx", 14),
            ("midcounties", 15),
            ("mid counties", 15),
            ("rocknroll", 16),
            ("rock and roll", 16),
        ],
    );
}

#[test]
fn arabic_and_persian_letters_are_one() {
    let index = named(&[
        ("ar", "تعاونية على النيل"),
        ("ar", "مدرسة الحرفيين"),
        ("fa", "شرکت تعاونی کشاورزان"),
        ("ar", "أحمد للنسيج"),
        ("ar", "إسكان الموظفين"),
    ]);
    finds_only(
        &index,
        &[
            ("علي", 0),
            ("على", 0),
            ("النيل", 0),
            ("مدرسه", 1),
            ("مدرسة", 1),
            ("كشاورزان", 2),
            ("کشاورزان", 2),
            ("شركت", 2),
            ("احمد", 3),
            ("أحمد", 3),
            ("اسكان", 4),
        ],
    );
}

#[test]
fn compounds_are_found_by_their_parts() {
    let index = named(&[
        ("de", "Baugenossenschaft Uhlenhorst"),
        ("de", "Fahrradwerkstatt Nord"),
        ("de", "Hofladen Krümmel"),
        ("de", "Energiegenossenschaft Odenwald"),
        ("nl", "Fietswerkplaats Oost"),
        ("sv", "Bostadsrättsförening Eken"),
        ("ko", "의료복지사회적협동조합"),
    ]);
    let found = |text: &str, number: usize| {
        assert!(index.ids(text).contains(&format!("{number:02}")), "{text}");
    };
    for (text, number) in [
        ("genossenschaft", 0),
        ("genossenschaften", 0),
        ("werkstatt", 1),
        ("fahrrad", 1),
        ("laden", 2),
        ("hof", 2),
        ("energie", 3),
        ("genossenschaft odenwald", 3),
        ("werkplaats", 4),
        ("fiets", 4),
        ("förening", 5),
        ("협동조합", 6),
        ("의료", 6),
    ] {
        found(text, number);
    }
}

#[test]
fn numbers_are_not_words() {
    let index = named(&[
        ("en", "Founded 1917"),
        ("en", "Tenants 8004"),
        ("en", "Route 66 Diner"),
        ("en", "Studio A12"),
        ("en", "Mill 2000"),
    ]);
    finds_nothing(
        &index,
        &[
            "1918", "8005", "67", "a13", "2001", "1817", "19177", "20000", "8040", "1971",
        ],
    );
    for text in ["1918", "8005", "2001", "8040"] {
        assert_eq!(index.page(text).total, 0, "{text}");
    }
    finds_only(&index, &[("1917", 0), ("8004", 1), ("66", 2), ("a12", 3)]);
}

/// A record of a country, found by its place, its website and its numbers.
fn placed(id: &str, name: &str, country: &str, region: &str, codes: &[&str]) -> Document {
    let mut document = doc_in("en", id, name, "");
    document
        .keywords
        .push((Keyword::Country, country.to_owned()));
    let mut add = |weight, text: &str| {
        document.text.push(TextField {
            name: "",
            weight,
            language: None,
            text: text.to_owned(),
        });
    };
    add(Weight::Head, region);
    for code in codes {
        add(Weight::Code, code);
    }
    document
}

#[test]
fn what_a_record_says_is_found() {
    let index = TestIndex::with(&[
        placed(
            "00",
            "Rye Bakers",
            "GB",
            "Devon",
            &["EX4 3SB", "ryebakers.coop", "IP12345R"],
        ),
        placed(
            "01",
            "Corn Bakers",
            "FR",
            "Bretagne",
            &["35000", "corn.example"],
        ),
        placed(
            "02",
            "Oat Bakers",
            "DE",
            "Bayern",
            &["80331", "DE123456789"],
        ),
        placed("03", "Wheat Bakers", "US", "Oregon", &["97201"]),
    ]);
    finds_only(
        &index,
        &[
            ("bakers devon", 0),
            ("ex4 3sb", 0),
            ("EX43SB", 0),
            ("ryebakers.coop", 0),
            ("https://www.ryebakers.coop/", 0),
            ("ip12345r", 0),
            ("bakers royaume-uni", 0),
            ("bakers UK", 0),
            ("bakers GB", 0),
            ("bakers bretagne", 1),
            ("boulangerie francia", 1),
            ("35000", 1),
            ("corn.example", 1),
            ("bakers deutschland", 2),
            ("bakers germany", 2),
            ("DE123456789", 2),
            ("bakers estados unidos", 3),
            ("bakers USA", 3),
        ],
    );
    // A code typed in small letters is a word.
    finds_nothing(&index, &["bakers it", "it"]);
}

#[test]
fn the_word_that_decides_is_kept() {
    let index = TestIndex::with(&[
        placed("00", "Thistle Plumbers", "GB", "Glasgow", &[]),
        placed("01", "Roof Slaters", "GB", "Leeds", &[]),
        placed("02", "Tile Slaters", "GB", "Leeds", &[]),
        placed("03", "Zennor Credit Union", "GB", "Cornwall", &[]),
        placed("04", "Truro Credit Union", "GB", "Cornwall", &[]),
        placed("05", "York Credit Union", "GB", "York", &[]),
        placed("06", "Hull Credit Union", "GB", "Hull", &[]),
    ]);
    for (text, first, left_out) in [
        ("slaters glasgow", "00", vec!["slaters"]),
        ("credit union zennor bank", "03", vec!["bank"]),
        ("hull trombone", "06", vec!["trombone"]),
    ] {
        let mut query = text_query(text);
        query.interpret = false;
        let page = index.search.search(&query).unwrap();
        assert!(page.relaxed, "{text}");
        assert_eq!(ids(&page)[0], first, "{text}");
        assert_eq!(page.left_out, left_out, "{text}");
    }
}

#[test]
fn one_stage_has_forms_and_synonyms() {
    let index = named(&[
        ("en", "Bicycle repairs"),
        ("en", "Bike repair shop"),
        ("en", "Cycle repairs"),
        ("en", "Allotments of Leeds"),
        ("en", "Allotment keepers"),
        ("en", "Daycare on the hill"),
        ("en", "Nursery by the river"),
        ("de", "Fahrradladen"),
        ("fr", "Réparation de vélos"),
        ("en", "Taxi drivers"),
        ("en", "Cab office"),
    ]);
    for (text, expected) in [
        ("bike repair", vec!["00", "01", "02", "08"]),
        ("bicycle repairs", vec!["00", "01", "02", "08"]),
        ("allotment", vec!["03", "04"]),
        ("allotments", vec!["03", "04"]),
        ("nursery", vec!["05", "06"]),
        ("cab", vec!["09", "10"]),
        ("taxis", vec!["09", "10"]),
    ] {
        let found = index.set(text);
        for id in &expected {
            assert!(found.contains(&(*id).to_owned()), "{text}: {found:?}");
        }
        assert!(!index.page(text).relaxed, "{text}");
    }
    // The word itself counts more.
    assert_eq!(index.ids("cab")[0], "10");
    assert_eq!(index.ids("nursery")[0], "06");
}

#[test]
fn records_without_a_language_have_stems() {
    let mut documents = vec![
        doc_in(
            "",
            "00",
            "Leeds Allotments",
            "Vegetables and flowers grown by neighbours on old railway land for everybody",
        ),
        doc_in("", "01", "Baugenossenschaft Zürich", ""),
        doc_in(
            "",
            "02",
            "Les Jardins partagés",
            "Nous cultivons des légumes et des fleurs avec les habitants du quartier depuis dix ans",
        ),
        doc_in(
            "",
            "03",
            "Huertas",
            "Cultivamos verduras y flores con los vecinos del barrio desde hace diez años en la ciudad",
        ),
    ];
    documents[1]
        .keywords
        .push((Keyword::Country, "CH".to_owned()));
    let index = TestIndex::with(&documents);
    finds_first(
        &index,
        &[
            ("allotment leeds", 0),
            ("allotments leeds", 0),
            ("vegetable neighbour", 0),
            ("zürich", 1),
            ("zuerich", 1),
            ("zurich", 1),
            ("genossenschaft", 1),
            ("légume jardin", 2),
            ("jardin habitant", 2),
            ("verdura", 3),
            ("vecino flor", 3),
        ],
    );
}

#[test]
fn words_run_together_and_split() {
    let index = named(&[
        ("en", "Blue Heron Laundry"),
        ("en", "Webarchitects"),
        ("en", "North Valley Savers"),
        ("en", "Sunflower Bakehouse"),
        ("en", "Hostwell Partners"),
        ("en", "Jubilee Working Men's Club and Institute"),
    ]);
    finds_first(
        &index,
        &[
            ("blueheron laundry", 0),
            ("blue heronlaundry", 0),
            ("blueheronlaundry", 0),
            ("web architects", 1),
            ("webarch itects", 1),
            ("northvalley savers", 2),
            ("northvalleysavers", 2),
            ("sun flower bakehouse", 3),
            ("sunflower bake house", 3),
            ("sunflowerbakehouse", 3),
            ("host well partners", 4),
            ("hostwellpartners", 4),
            ("JubileeWorkingMen'sClubandInstitute", 5),
            ("jubileeworkingmensclubandinstitute", 5),
        ],
    );
}

#[test]
fn corrections_stay_in_the_language_of_the_query() {
    let index = named(&[
        ("it", "Gruppo di acquisto"),
        ("es", "Grupo de compra"),
        ("es", "Compra directa"),
    ]);
    assert_eq!(index.ids("gruppo"), ["00"]);
    assert_eq!(index.ids("grupo"), ["01"]);
    // Both words are there, and never in one record: neither is taken for one of another language.
    for text in ["gruppo compra", "grupo acquisto"] {
        assert!(index.page(text).relaxed, "{text}");
    }
}

#[test]
fn what_a_word_matches_does_not_depend_on_earlier_queries() {
    let names = [
        ("en", "Allotments of Leeds"),
        ("en", "Allotment Garden"),
        ("de", "Kleingarten Leeds"),
        ("es", "Huerto Zürich"),
    ];
    let texts = [
        "allotment leeds",
        "garten",
        "zurich",
        "zürich",
        "leeds",
        "allotments",
    ];
    let index = named(&names);
    for text in texts.into_iter().chain(texts) {
        let fresh = named(&names);
        assert_eq!(index.ids(text), fresh.ids(text), "{text}");
    }
    // Nor on what the index had then.
    let mut index = named(&names[..1]);
    assert_eq!(index.ids("allotment"), ["00"]);
    index.add(&[doc_in("en", "09", "Allotment", "")]);
    assert_eq!(index.ids("allotment"), ["09", "00"]);
}

#[test]
fn no_word_is_taken_for_one_of_another_language() {
    for (one, word, of_one, other, similar, of_other) in [
        ("it", "gruppo", "acquisto", "es", "grupo", "compra"),
        ("it", "mercato", "rionale", "es", "mercado", "barrio"),
        ("it", "cucina", "fredda", "es", "cocina", "caliente"),
        ("de", "projekt", "nachbarn", "en", "project", "neighbours"),
        ("de", "garten", "blumen", "en", "garden", "flowers"),
        ("de", "keller", "trocken", "en", "cellar", "dry"),
        ("fr", "culture", "ville", "es", "cultura", "ciudad"),
        ("fr", "lecture", "enfants", "es", "lectura", "niños"),
        ("sv", "verkstad", "röda", "da", "værksted", "blå"),
        ("sv", "arbete", "byrå", "da", "arbejde", "kontor"),
        ("pt", "trabalho", "digno", "es", "trabajo", "barato"),
        ("ca", "teulada", "vermella", "es", "tejado", "verde"),
    ] {
        let index = named(&[
            (one, &format!("{word} {of_one}")),
            (other, &format!("{similar} {of_other}")),
        ]);
        assert_eq!(index.ids(word), ["00"], "{word}");
        assert_eq!(index.ids(similar), ["01"], "{similar}");
        // Both words are there, and never in one record: neither is what the other was meant to be.
        for text in [format!("{word} {of_other}"), format!("{similar} {of_one}")] {
            let page = index.page(&text);
            assert!(page.relaxed && page.corrections.is_empty(), "{text}");
        }
    }
}

#[test]
fn words_that_stand_for_something_are_a_preference() {
    let mut remote = doc_in("en", "00", "Developer", "berlin");
    remote
        .keywords
        .push((Keyword::Locality, "Hamburg".to_owned()));
    let mut there = doc_in("en", "01", "Developer", "berlin");
    there
        .keywords
        .push((Keyword::Locality, "Berlin".to_owned()));
    let literal = doc_in("en", "02", "Berlin Developer", "");
    let index = TestIndex::with(&[remote, there, literal]);
    let page = index.page("developer berlin");
    assert_eq!(ids(&page), ["02", "01", "00"]);
    let interpreted = &page.interpreted[0];
    assert_eq!(
        (interpreted.words.as_str(), interpreted.value.as_str()),
        ("berlin", "Berlin")
    );
    assert_eq!(interpreted.field, Keyword::Locality);
    let query = Query {
        interpret: false,
        ..text_query("developer berlin")
    };
    let page = index.search.search(&query).unwrap();
    assert_eq!(ids(&page), ["02", "00", "01"]);
    assert!(page.interpreted.is_empty());
}
