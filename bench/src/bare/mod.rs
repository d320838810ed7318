//! The limit: what a search over HTTP costs at least. tantivy behind actix-web over the same
//! corpus, with two plain text fields, and nothing else.

mod facet;
mod index;
mod search;

use std::{io::Write, path::PathBuf};

use actix_web::{App, HttpResponse, HttpServer, error, web};

use self::search::{Engine, Search};
use crate::Outcome;

/// Where the index is, what is in it, and where it is served.
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of the index; built when it does not exist.
    #[arg(long)]
    index: PathBuf,
    /// The corpus, as `corpus` wrote it.
    #[arg(long)]
    corpus: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
}

/// Builds the index if need be, and serves it on two workers.
pub fn run(arguments: &Arguments) -> Outcome {
    if !arguments.index.exists() {
        index::build(&arguments.index, &arguments.corpus)?;
    }
    let engine = web::Data::new(Engine::open(&arguments.index)?);
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(engine.clone())
                .route("/search", web::get().to(answer))
        })
        .workers(2)
        .bind(&arguments.listen)?;
        for address in server.addrs() {
            writeln!(std::io::stdout(), "listening on http://{address}")?;
        }
        server.run().await?;
        Ok(())
    })
}

/// Searches inline: the work is too short to be worth handing to another thread.
async fn answer(
    engine: web::Data<Engine>,
    search: web::Query<Search>,
) -> actix_web::Result<HttpResponse> {
    let body = engine
        .search(&search)
        .map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(body))
}
