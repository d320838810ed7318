//! The movement's vocabulary across languages: words that mean the same to someone who searches.
//!
//! Each group has one token of its own in the index. A record gets the token of every group one of
//! whose entries it uses, a query word asks for the token of its group: a synonym costs one posting
//! list, however many words the group has. Entries may be several words.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Token, tokenize};

/// `(name, entries)`. Entries are as people write them; they are folded like any text. Inflected forms
/// are listed where they are not a plain stem of another entry.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "coop",
        &[
            "coop",
            "coops",
            "co op",
            "co ops",
            "co operative",
            "co operatives",
            "cooperative",
            "cooperatives",
            "coopérative",
            "coopératives",
            "cooperativa",
            "cooperativas",
            "cooperatiu",
            "cooperativă",
            "cooperatie",
            "coöperatie",
            "coöperaties",
            "coöperatief",
            "Genossenschaft",
            "Genossenschaften",
            "kooperative",
            "Kooperativen",
            "kooperativ",
            "kooperatif",
            "kooperatifi",
            "kooperativa",
            "kooperatiba",
            "andelsselskab",
            "andelslag",
            "samvirke",
            "samvirkelag",
            "samvinnufélag",
            "osuuskunta",
            "osuuskunnat",
            "ühistu",
            "kooperatīvs",
            "kooperatyvas",
            "spółdzielnia",
            "spółdzielnie",
            "družstvo",
            "družstva",
            "zadruga",
            "szövetkezet",
            "szövetkezetek",
            "кооператив",
            "кооперативы",
            "задруга",
            "συνεταιρισμός",
            "συνεταιρισμοί",
            "תאגיד שיתופי",
            "קואופרטיב",
            "تعاونية",
            "جمعية تعاونية",
            "सहकारी",
            "koperasi",
            "hợp tác xã",
            "สหกรณ์",
            "合作社",
            "協同組合",
            "협동조합",
            "ushirika",
        ],
    ),
    (
        "worker_coop",
        &[
            "worker cooperative",
            "worker coop",
            "workers cooperative",
            "workers coop",
            "worker owned",
            "worker owners",
            "worker ownership",
            "worker run",
            "workers self directed enterprise",
            "scop",
            "sociedad laboral",
            "cooperativa de trabajo",
            "cooperativa de trabajo asociado",
            "cooperativa de trabalho",
            "cooperativa di lavoro",
            "cooperativa di produzione e lavoro",
            "coopérative de travail",
            "coopérative de travailleurs",
            "coopérative de production",
            "coopérative ouvrière",
            "Produktivgenossenschaft",
            "Kollektivbetrieb",
            "arbeidercoöperatie",
            "werknemerscoöperatie",
            "arbetarkooperativ",
            "spółdzielnia pracy",
            "worker collective",
        ],
    ),
    (
        "employee_owned",
        &[
            "employee owned",
            "employee ownership",
            "esop",
            "staff owned",
            "employee ownership trust",
        ],
    ),
    (
        "platform_coop",
        &[
            "platform cooperative",
            "platform coop",
            "platform cooperativism",
            "plataforma cooperativa",
            "coopérative de plateforme",
            "Plattformgenossenschaft",
        ],
    ),
    (
        "housing_coop",
        &[
            "housing cooperative",
            "housing coop",
            "cooperative housing",
            "coop housing",
            "coopérative d'habitation",
            "coopérative d'habitants",
            "cooperativa de vivienda",
            "cooperativa de viviendas",
            "cooperativa de habitação",
            "cooperativa di abitazione",
            "Wohnungsgenossenschaft",
            "Wohnungsbaugenossenschaft",
            "Baugenossenschaft",
            "wooncoöperatie",
            "borettslag",
            "bostadsrättsförening",
            "andelsboligforening",
            "spółdzielnia mieszkaniowa",
        ],
    ),
    (
        "cohousing",
        &[
            "cohousing",
            "co housing",
            "Wohnprojekt",
            "habitat participatif",
            "vivienda colaborativa",
            "centraal wonen",
            "bofællesskab",
        ],
    ),
    (
        "credit_union",
        &[
            "credit union",
            "credit unions",
            "caisse populaire",
            "caisses populaires",
            "caisse d'épargne et de crédit",
            "cooperativa de ahorro y crédito",
            "cooperativa de crédito",
            "banca di credito cooperativo",
            "Kreditgenossenschaft",
            "Genossenschaftsbank",
            "Volksbank",
            "Raiffeisenbank",
            "kredietunie",
            "kasa kredytowa",
            "cooperative bank",
            "coop bank",
        ],
    ),
    (
        "consumer_coop",
        &[
            "consumer cooperative",
            "consumer coop",
            "consumers cooperative",
            "retail cooperative",
            "coopérative de consommateurs",
            "coopérative de consommation",
            "cooperativa de consumo",
            "cooperativa di consumo",
            "Konsumgenossenschaft",
            "konsumentförening",
            "verbruikerscoöperatie",
        ],
    ),
    (
        "food_coop",
        &[
            "food cooperative",
            "food coop",
            "grocery cooperative",
            "grocery coop",
            "supermarché coopératif",
            "supermercado cooperativo",
            "Foodcoop",
            "Lebensmittelkooperative",
        ],
    ),
    (
        "energy_coop",
        &[
            "energy cooperative",
            "energy coop",
            "community energy",
            "Energiegenossenschaft",
            "energiecoöperatie",
            "cooperativa energética",
            "cooperativa de energía",
            "coopérative d'énergie",
            "coopérative énergétique",
            "cooperativa energetica",
            "comunità energetica",
            "communauté d'énergie",
            "comunidad energética",
        ],
    ),
    (
        "farm_coop",
        &[
            "agricultural cooperative",
            "farm cooperative",
            "farmers cooperative",
            "farming cooperative",
            "coopérative agricole",
            "cooperativa agrícola",
            "cooperativa agraria",
            "cooperativa agricola",
            "Agrargenossenschaft",
            "landbouwcoöperatie",
            "spółdzielnia rolnicza",
        ],
    ),
    (
        "hosting",
        &[
            "hosting",
            "webhosting",
            "web hosting",
            "website hosting",
            "web host",
            "hébergement",
            "hébergeur",
            "hébergement web",
            "alojamiento web",
            "alojamiento",
            "hospedaje web",
            "hospedagem",
            "allotjament",
            "Webspace",
            "webhotell",
            "webhotel",
            "hostingprovider",
            "librehoster",
        ],
    ),
    (
        "free_software",
        &[
            "free software",
            "open source",
            "opensource",
            "libre software",
            "foss",
            "floss",
            "software libre",
            "software livre",
            "software libero",
            "logiciel libre",
            "logiciels libres",
            "programari lliure",
            "freie software",
            "quelloffen",
            "fri programvare",
            "vrije software",
            "código abierto",
            "código aberto",
        ],
    ),
    (
        "software",
        &[
            "software",
            "logiciel",
            "logiciels",
            "programari",
            "programvare",
            "programvara",
        ],
    ),
    (
        "web_development",
        &[
            "web development",
            "website development",
            "webdevelopment",
            "web dev",
            "développement web",
            "desarrollo web",
            "desenvolvimento web",
            "sviluppo web",
            "Webentwicklung",
            "webontwikkeling",
        ],
    ),
    ("nodejs", &["node.js", "nodejs", "node js"]),
    (
        "ecommerce",
        &[
            "ecommerce",
            "e commerce",
            "online shop",
            "comercio electrónico",
            "commerce électronique",
        ],
    ),
    (
        "email",
        &["email", "e mail", "correo electrónico", "courriel"],
    ),
    (
        "nonprofit",
        &[
            "nonprofit",
            "non profit",
            "not for profit",
            "nonprofits",
            "sin ánimo de lucro",
            "sin fines de lucro",
            "sem fins lucrativos",
            "à but non lucratif",
            "senza scopo di lucro",
            "gemeinnützig",
            "zonder winstoogmerk",
            "ideell forening",
        ],
    ),
    (
        "union",
        &[
            "trade union",
            "labor union",
            "labour union",
            "trades union",
            "syndicat",
            "sindicato",
            "sindacato",
            "sindicat",
            "Gewerkschaft",
            "vakbond",
            "fagforening",
            "fackförening",
        ],
    ),
    (
        "mutual",
        &[
            "mutual",
            "mutuals",
            "mutuelle",
            "mutuelles",
            "mutualité",
            "mutual aid society",
            "mutualidad",
            "mutua",
            "mutualista",
        ],
    ),
    (
        "social_enterprise",
        &[
            "social enterprise",
            "social enterprises",
            "social business",
            "entreprise sociale",
            "empresa social",
            "impresa sociale",
            "cooperativa sociale",
            "Sozialunternehmen",
            "sociale onderneming",
        ],
    ),
    (
        "solidarity_economy",
        &[
            "solidarity economy",
            "social and solidarity economy",
            "économie sociale et solidaire",
            "économie solidaire",
            "economía solidaria",
            "economía social y solidaria",
            "economia solidária",
            "economia solidale",
            "economia solidària",
            "Solidarische Ökonomie",
            "solidaire economie",
        ],
    ),
    (
        "federation",
        &[
            "federation",
            "fédération",
            "federación",
            "federação",
            "federazione",
            "federació",
            "Verband",
            "Genossenschaftsverband",
            "umbrella body",
            "apex body",
        ],
    ),
    (
        "collective",
        &[
            "collective",
            "collectif",
            "colectivo",
            "coletivo",
            "collettivo",
            "col·lectiu",
            "Kollektiv",
            "collectief",
        ],
    ),
    (
        "community_owned",
        &[
            "community owned",
            "community ownership",
            "community benefit society",
            "bencom",
            "community cooperative",
            "community coop",
        ],
    ),
    (
        "multi_stakeholder",
        &[
            "multi stakeholder",
            "multistakeholder",
            "solidarity cooperative",
            "coopérative de solidarité",
            "scic",
            "cooperativa integral",
        ],
    ),
    (
        "coworking",
        &[
            "coworking",
            "co working",
            "shared office",
            "shared workspace",
            "espace de travail partagé",
            "oficina compartida",
        ],
    ),
    (
        "childcare",
        &[
            "childcare",
            "child care",
            "nursery",
            "crèche",
            "guardería",
            "kita",
            "Kindertagesstätte",
            "kinderopvang",
            "asilo nido",
        ],
    ),
    (
        "homecare",
        &[
            "home care",
            "homecare",
            "care at home",
            "domiciliary care",
            "aide à domicile",
            "thuiszorg",
            "cuidados a domicilio",
            "häusliche Pflege",
        ],
    ),
    (
        "bakery",
        &[
            "bakery",
            "bakeries",
            "boulangerie",
            "panadería",
            "padaria",
            "panificio",
            "Bäckerei",
            "bakkerij",
            "piekarnia",
        ],
    ),
    (
        "printing",
        &[
            "print shop",
            "printing",
            "imprimerie",
            "imprenta",
            "tipografia",
            "Druckerei",
            "drukkerij",
            "drukarnia",
        ],
    ),
    (
        "bookshop",
        &[
            "bookshop",
            "bookstore",
            "book shop",
            "librairie",
            "librería",
            "libreria",
            "Buchhandlung",
            "Buchladen",
            "boekhandel",
            "księgarnia",
        ],
    ),
    (
        "translation",
        &[
            "translation",
            "translations",
            "traduction",
            "traducción",
            "tradução",
            "traduzione",
            "Übersetzung",
            "vertaling",
            "tłumaczenia",
        ],
    ),
    (
        "design",
        &[
            "graphic design",
            "graphisme",
            "diseño gráfico",
            "design gráfico",
            "grafica",
            "Grafikdesign",
            "grafisch ontwerp",
        ],
    ),
    (
        "bicycle",
        &[
            "bicycle",
            "bicycles",
            "bike",
            "bikes",
            "vélo",
            "vélos",
            "bicicleta",
            "bicicletas",
            "bicicletta",
            "Fahrrad",
            "fiets",
            "rower",
        ],
    ),
    (
        "taxi",
        &[
            "taxi",
            "taxis",
            "cab",
            "cabs",
            "ride hailing",
            "ridehailing",
            "VTC",
        ],
    ),
    (
        "delivery",
        &[
            "bike delivery",
            "cycle logistics",
            "courier",
            "couriers",
            "coursier",
            "coursiers",
            "mensajería",
            "ciclologística",
            "livraison",
            "Fahrradkurier",
            "fietskoerier",
        ],
    ),
    (
        "renewable",
        &[
            "renewable energy",
            "renewables",
            "green energy",
            "énergie renouvelable",
            "énergies renouvelables",
            "energía renovable",
            "energías renovables",
            "energia renovável",
            "energia rinnovabile",
            "erneuerbare energien",
            "hernieuwbare energie",
        ],
    ),
    (
        "bcorp",
        &[
            "b corp",
            "bcorp",
            "certified b corporation",
            "benefit corporation",
            "empresa b",
        ],
    ),
];

struct Table {
    /// The token of each group, in the order of [`GROUPS`].
    tokens: Vec<String>,
    /// Entries by their first word: the whole entry and its group. Longest first.
    by_first_word: HashMap<String, Vec<(Vec<String>, usize)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut by_first_word: HashMap<String, Vec<(Vec<String>, usize)>> = HashMap::new();
    for (group, (_, entries)) in GROUPS.iter().enumerate() {
        for entry in *entries {
            let words: Vec<String> = tokenize(entry)
                .into_iter()
                .map(|token| token.folded)
                .collect();
            if let Some(first) = words.first() {
                by_first_word
                    .entry(first.clone())
                    .or_default()
                    .push((words, group));
            }
        }
    }
    for entries in by_first_word.values_mut() {
        entries.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        entries.dedup();
    }
    Table {
        // No word can contain a tilde, so these never meet a word of a text.
        tokens: GROUPS.iter().map(|(name, _)| format!("~{name}")).collect(),
        by_first_word,
    }
});

/// A place in a sequence of words where an entry of the table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// How many words the entry has.
    pub(crate) words: usize,
    /// The index token of its group.
    pub(crate) token: &'static str,
}

/// The entries that start at word `at`, longest first.
pub(crate) fn matches_at(words: &[Token], at: usize) -> impl Iterator<Item = Match> {
    let rest = words.get(at..).unwrap_or_default();
    let candidates = rest
        .first()
        .and_then(|token| TABLE.by_first_word.get(&token.folded));
    candidates
        .into_iter()
        .flatten()
        .filter(move |(entry, _)| {
            entry.len() <= rest.len()
                && entry
                    .iter()
                    .zip(rest)
                    .all(|(word, token)| *word == token.folded)
        })
        .filter_map(|(entry, group)| {
            Some(Match {
                words: entry.len(),
                token: TABLE.tokens.get(*group)?,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str) -> Vec<(usize, usize, &'static str)> {
        let words = tokenize(text);
        (0..words.len())
            .flat_map(|at| {
                matches_at(&words, at)
                    .map(|m| (at, m.words, m.token))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn entries_are_found_in_any_dress() {
        assert_eq!(groups("a CO-OP"), [(1, 1, "~coop")]);
        assert_eq!(groups("Coöperatie"), [(0, 1, "~coop")]);
        assert_eq!(groups("our credit unions"), [(1, 2, "~credit_union")]);
        assert_eq!(groups("nothing here"), []);
    }

    #[test]
    fn entries_of_several_words_come_with_the_words_in_them() {
        assert_eq!(
            groups("worker co-op"),
            [(0, 2, "~worker_coop"), (1, 1, "~coop")]
        );
    }

    #[test]
    fn no_entry_stands_in_two_groups() {
        for entries in TABLE.by_first_word.values() {
            for (i, (words, group)) in entries.iter().enumerate() {
                assert!(
                    entries[..i]
                        .iter()
                        .all(|(other, g)| other != words || g == group),
                    "{words:?}"
                );
            }
        }
    }
}
