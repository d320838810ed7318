//! Building a server from its configuration, and running it.

use crate::auth::keys::{KeyError, KeyFiles, Keys};
use crate::auth::last_uses::LastUses;
use crate::auth::passwords;
use crate::changes::alerts::AlertProjection;
use crate::changes::deadlines::Deadlines;
use crate::changes::follower::follow;
use crate::changes::index::IndexProjection;
use crate::changes::lost_tail;
use crate::changes::open_index::open_index;
use crate::clock::Clock;
use crate::config::{Config, ServeArgs, StoreArgs, Switch};
use crate::duplicates::backfill;
use crate::http::connection::{
    self,
    admission::{Connections, raise_open_files},
};
use crate::http::content_coding::refuse_encoded;
use crate::http::envelope;
use crate::http::fallback::{Paths, fallback};
use crate::http::idempotency::Running;
use crate::http::rate_limit::{Limits, rate_limit};
use crate::http::spans::RequestSpan;
use crate::http::unread::{self, Unread};
use crate::jobs::apply_counts::ApplyCounts;
use crate::mail::post::Post;
use crate::mail::transport::Transport;
use crate::money::CurrentRates;
use crate::outbound::{Outbound, Reach};
use crate::saved_searches::deliveries::Deliveries;
use crate::state::AppState;
use crate::store::{SERVER_CONNECTIONS, Store};
use crate::web::sitemap_cache::Sitemaps;
use crate::{checkpoints, openapi, operations, routes, sweep};
use actix_cors::Cors;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, web};
use entity::instance;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

/// Seconds that requests in flight may take to end when the server stops.
const DRAIN_SECONDS: u64 = 25;

/// Threads of each web worker for searches and the like.
const BLOCKING_THREADS: usize = 4;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data dir cannot be used.
    #[error("--data-dir {path}: {source}")]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("--listen {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The database cannot be used.
    #[error("--database-url: {0}")]
    Database(#[from] DbErr),
    /// There is no key to sign tokens with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Mail cannot be sent the way it is configured.
    #[error("--smtp-url: {0}")]
    Mail(String),
    /// Requests to others cannot be sent.
    #[error("--dns-resolver: {0}")]
    Outbound(String),
    /// The index cannot be opened.
    #[error("{0}; only one server can use a data dir at a time")]
    Index(#[from] search::Error),
    /// The web server cannot run.
    #[error("the web server failed: {0}")]
    Io(#[from] std::io::Error),
}

/// A server that listens, with its followers running.
pub struct Application {
    server: Server,
    address: SocketAddr,
    state: web::Data<AppState>,
    followers: JoinSet<()>,
    stop: CancellationToken,
}

/// Opens the database and brings its schema up to date, as every command does first.
///
/// # Errors
/// When the data dir cannot be made, or the database does not answer.
pub async fn open_store(args: &StoreArgs, postgres_connections: u32) -> Result<Store, StartError> {
    let failed = |source| StartError::DataDir {
        path: args.data_dir.clone(),
        source,
    };
    for folder in [
        args.data_dir.clone(),
        args.data_dir.join("keys"),
        args.data_dir.join("outbox"),
    ] {
        make_private(&folder).map_err(failed)?;
    }
    check_writable(&args.data_dir).map_err(failed)?;
    let store = Store::connect(&args.database_url(), postgres_connections).await?;
    migration::migrate(&store.db).await?;
    lost_tail::mend_by_index(&store, &args.data_dir).await?;
    Ok(store)
}

/// A folder that only its owner may enter.
fn make_private(folder: &Path) -> Result<(), std::io::Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether files can be made in a folder. That the disk is full is no reason not to start.
fn check_writable(folder: &Path) -> Result<(), std::io::Error> {
    let file = folder.join(format!(".writable-{}", std::process::id()));
    match std::fs::File::create(&file) {
        Ok(_) => std::fs::remove_file(&file),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The instance this store is, made on first use.
///
/// # Errors
/// Whatever the database answers.
pub async fn instance(store: &Store, clock: &Clock) -> Result<instance::Model, DbErr> {
    let find = || instance::Entity::find_by_id(1).one(&store.db);
    if let Some(instance) = find().await? {
        return Ok(instance);
    }
    instance::Entity::insert(instance::ActiveModel {
        one: Set(1),
        id: Set(clock.new_id()),
        created_at: Set(clock.now()),
        demo_loaded_at: Set(None),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(&store.db)
    .await?;
    find()
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the instance row".to_owned()))
}

impl Application {
    /// Opens the store and the index, starts the followers and listens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(config: Config, clock: Clock) -> Result<Self, StartError> {
        let store = open_store(&config.store, SERVER_CONNECTIONS).await?;
        let instance = instance(&store, &clock).await?.id;
        // From here on this process owns the data dir: no other signs with the key in it.
        let rates = Arc::new(CurrentRates::load(&store.db).await?);
        let (index, writer) =
            open_index(&config.store.data_dir, instance, &rates.current(), &store).await?;
        let files = KeyFiles {
            dir: &config.store.data_dir.join("keys"),
            given: config.serve.key.signing_key_file.as_deref(),
        };
        let keys = Keys::open(files, &store.db, clock.now()).await?;
        passwords::prepare().await;

        let failed = |source| StartError::Listen {
            address: config.serve.listen,
            source,
        };
        let listener = TcpListener::bind(config.serve.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let public_url = config.serve.public_url.clone();
        let public_url = public_url.unwrap_or_else(|| format!("http://{address}"));
        let outbox = config.store.data_dir.join("outbox");
        let outbound = outbound(&config.serve, &public_url)?;
        let transport = Transport::new(&config.serve.mail, &outbox, outbound.reach())
            .map_err(StartError::Mail)?;
        let post = Post::new(store.clone(), clock.clone(), transport, public_url.clone());
        let state = web::Data::new(AppState {
            post: Arc::new(post),
            deadlines: Arc::new(Deadlines::new(store.clone(), clock.clone())),
            store,
            index,
            clock,
            keys,
            instance,
            public_url,
            license: config.serve.license,
            security_contact: config.serve.security_contact,
            limits: Limits::new(config.serve.rate_limit == Switch::On),
            trusted_proxies: config.serve.trusted_proxies,
            last_uses: LastUses::default(),
            apply_counts: ApplyCounts::default(),
            sender: config.serve.mail.mail_from.email.to_string(),
            outbound,
            deliveries: Deliveries::default(),
            rates,
        });
        let stop = CancellationToken::new();
        let followers = start_followers(&state, writer, &stop);
        let connections = Connections::new(raise_open_files(), state.trusted_proxies.clone());
        let server = serve(listener, &connections, state.clone())?;
        Ok(Self {
            server,
            address,
            state,
            followers,
            stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its handlers can reach.
    pub fn state(&self) -> web::Data<AppState> {
        self.state.clone()
    }

    /// A handle to stop it with.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until stopped; requests in flight are answered, then the followers end.
    ///
    /// # Errors
    /// When the web server fails.
    pub async fn run(self) -> Result<(), StartError> {
        let Self {
            server,
            state,
            mut followers,
            stop,
            ..
        } = self;
        let served = server.await;
        stop.cancel();
        while followers.join_next().await.is_some() {}
        checkpoints::at_the_end(&state.store).await;
        Ok(served?)
    }
}

fn outbound(args: &ServeArgs, public_url: &str) -> Result<Outbound, StartError> {
    let reach = if args.allow_private_webhooks {
        Reach::Everywhere
    } else {
        Reach::Public
    };
    Outbound::new(reach, args.dns_resolver, public_url).map_err(StartError::Outbound)
}

fn start_followers(
    state: &web::Data<AppState>,
    writer: search::Writer,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut followers = JoinSet::new();
    let projection = IndexProjection::new(
        state.store.clone(),
        state.clock.clone(),
        state.rates.clone(),
        writer,
        state.index.clone(),
    );
    followers.spawn(follow(projection, state.store.wake.clone(), stop.clone()));
    if state.store.is_postgres() {
        let wake = state.store.wake.clone();
        followers.spawn(wake.listen(state.store.db.clone(), stop.clone()));
    }
    let alerts = AlertProjection::new(state.clone());
    followers.spawn(follow(alerts, state.store.wake.clone(), stop.clone()));
    followers.spawn(Deliveries::run(state.clone(), stop.clone()));
    let (post, end) = (state.post.clone(), stop.clone());
    followers.spawn(async move { post.run(end).await });
    let (deadlines, end) = (state.deadlines.clone(), stop.clone());
    followers.spawn(async move { deadlines.run(end).await });
    followers.spawn(checkpoints::keep_short(state.store.clone(), stop.clone()));
    followers.spawn(sweep::every_hour(state.clone(), stop.clone()));
    followers.spawn(sweep::every_minute(state.clone(), stop.clone()));
    followers.spawn(backfill::keep_filled(state.store.clone(), stop.clone()));
    followers
}

fn serve(
    listener: TcpListener,
    connections: &Arc<Connections>,
    state: web::Data<AppState>,
) -> Result<Server, StartError> {
    let recorder = operations::metrics::recorder();
    // What only a few handlers use.
    let running = web::Data::new(Running::default());
    let unread = web::Data::new(Unread::default());
    let sitemaps = web::Data::new(Sitemaps::default());
    let server = Server::build();
    let draining = server.graceful_shutdown_signal();
    // Those that are turned away are there for a moment too.
    let of_worker = (connections.most() + connections.most() / 2) / workers();
    let connections = connections.clone();
    let server = server
        .workers(workers())
        .max_concurrent_connections(of_worker.max(1))
        .listen("http", listener, move || {
            let (app, generated) = App::new()
                .into_utoipa_app()
                .openapi(openapi::base())
                .configure(routes::routes)
                .split_for_parts();
            let app = app
                .app_data(state.clone())
                .app_data(web::Data::new(recorder.clone()))
                .app_data(running.clone())
                .app_data(unread.clone())
                .app_data(sitemaps.clone())
                .app_data(web::Data::new(Paths::of(&generated)));
            let app = routes::unlisted(app)
                .default_service(web::to(fallback))
                .wrap(from_fn(envelope::head_as_get))
                .wrap(from_fn(refuse_encoded))
                .wrap(from_fn(unread::hold))
                .wrap(from_fn(rate_limit))
                .wrap(cors())
                .wrap(from_fn(envelope::problems))
                .wrap(Compress::default())
                .wrap(from_fn(unread::send))
                .wrap(from_fn(envelope::finish))
                .wrap(TracingLogger::<RequestSpan>::new())
                .wrap(from_fn(connection::track));
            connection::http(app, connections.clone(), draining.clone())
        })?
        .worker_max_blocking_threads(BLOCKING_THREADS)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals()
        .run();
    Ok(server)
}

/// Threads that serve connections.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get)
}

/// Pages of other sites may read; they may not write.
fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .allowed_methods(["GET", "HEAD", "OPTIONS"])
        .allow_any_header()
        .expose_headers([
            "ETag",
            "Link",
            "Location",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "X-Request-Id",
        ])
        .max_age(3600)
}
