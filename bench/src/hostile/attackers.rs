//! What strangers do, each from addresses of its own in 127.0.0.0/8.

use super::tally::Tally;
use super::world::{Person, World, client_at};
use crate::Outcome;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::{BoxFuture, FutureExt, join_all};
use reqwest::{Client, RequestBuilder, header};
use serde_json::{Value, json};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// Connections that ask for the largest answers and read nothing.
const SLOW_READERS: usize = 100;
/// Connections that are opened and say nothing.
const IDLE: usize = 1_100;
/// Connections that send a head byte by byte.
const SLOW_SENDERS: usize = 50;
/// How long whoever was closed waits before it comes again.
const AGAIN: Duration = Duration::from_secs(1);

/// Everybody, each until then.
pub fn all(world: &World, end: Instant) -> Vec<BoxFuture<'_, Tally>> {
    vec![
        bombs(world, end).boxed(),
        flood(world, end).boxed(),
        connections("slow readers", 20, SLOW_READERS, world, end, slow_reader).boxed(),
        connections("idle connections", 21, IDLE, world, end, idle).boxed(),
        connections("slow senders", 22, SLOW_SENDERS, world, end, slow_sender).boxed(),
        renames(world, end).boxed(),
        long_texts(world, end).boxed(),
        listings(world, end).boxed(),
        registrations(world, end).boxed(),
        forgotten(world, end).boxed(),
        invitations(world, end).boxed(),
    ]
}

/// Asks again and again, with a pause, and notes what is answered.
async fn repeat(
    name: &'static str,
    address: u8,
    pause: Duration,
    end: Instant,
    mut request: impl FnMut(&Client, usize) -> RequestBuilder + Send,
) -> Tally {
    let mut tally = Tally::new(name);
    let Ok(client) = client_at(address) else {
        tally.note("no client");
        return tally;
    };
    for number in 0.. {
        if Instant::now() > end {
            break;
        }
        match request(&client, number).send().await {
            Ok(answer) => {
                tally.note(answer.status().as_str());
                // The connection is used again once the answer is read.
                let _ = answer.bytes().await;
            }
            Err(_) => tally.note("no answer"),
        }
        sleep(pause).await;
    }
    tally
}

/// Several of the same kind, from as many addresses.
async fn together(name: &'static str, each: Vec<BoxFuture<'_, Tally>>) -> Tally {
    let mut all = Tally::new(name);
    for tally in join_all(each).await {
        all.add(tally);
    }
    all
}

/// Small bodies that hold 256 MiB.
async fn bombs(world: &World, end: Instant) -> Tally {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..256 {
        // Writing to memory does not fail.
        let _ = packed.write_all(&zeros);
    }
    let body = packed.finish().unwrap_or_default();
    let paths = [
        "/verify-email",
        "/unsubscribe",
        "/v1/auth/register",
        "/v1/auth/login",
        "/oauth/token",
    ];
    repeat(
        "bombs",
        10,
        Duration::from_millis(100),
        end,
        move |client, number| {
            let path = paths[number % paths.len()];
            client
                .post(format!("{}{path}", world.url))
                .header(header::CONTENT_ENCODING, "gzip")
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone())
        },
    )
    .await
}

/// Four addresses that search as fast as 100 times a second each.
async fn flood(world: &World, end: Instant) -> Tally {
    let each = (11..15).map(|address| {
        let search = move |client: &Client, number: usize| {
            client.get(format!(
                "{}/v1/jobs?q=baker+{number}&facets=country,skill",
                world.url
            ))
        };
        repeat(
            "search flood",
            address,
            Duration::from_millis(10),
            end,
            search,
        )
        .boxed()
    });
    together("search flood", each.collect()).await
}

/// What a connection does with its stream, and how it ended.
type Behaviour = fn(TcpStream, Instant) -> BoxFuture<'static, &'static str>;

/// Keeps many connections that behave so; one that was closed comes again.
async fn connections(
    name: &'static str,
    last: u8,
    count: usize,
    world: &World,
    end: Instant,
    behaviour: Behaviour,
) -> Tally {
    let Some(server) = world
        .url
        .strip_prefix("http://")
        .and_then(|at| at.parse().ok())
    else {
        return Tally::new(name);
    };
    let each = (0..count).map(|_| {
        async move {
            let mut tally = Tally::new(name);
            while Instant::now() < end {
                match connect(server, last).await {
                    Ok(stream) => tally.note(behaviour(stream, end).await),
                    Err(_) => tally.note("not connected"),
                }
                sleep(AGAIN).await;
            }
            tally
        }
        .boxed()
    });
    together(name, each.collect()).await
}

async fn connect(server: SocketAddr, last: u8) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Small, so that what is not read stays with the server.
    socket.set_recv_buffer_size(4096)?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)))?;
    Ok(timeout(Duration::from_secs(5), socket.connect(server)).await??)
}

fn slow_reader(mut stream: TcpStream, end: Instant) -> BoxFuture<'static, &'static str> {
    async move {
        let ask = b"GET /v1/feeds/jobs?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n";
        if stream.write_all(ask).await.is_err() {
            return "closed before it asked";
        }
        until_refused(&mut stream, end).await
    }
    .boxed()
}

fn idle(mut stream: TcpStream, end: Instant) -> BoxFuture<'static, &'static str> {
    async move { until_closed(&mut stream, end).await }.boxed()
}

fn slow_sender(mut stream: TcpStream, end: Instant) -> BoxFuture<'static, &'static str> {
    async move {
        for byte in b"GET /v1/organizations?q="
            .iter()
            .chain([b'a'].iter().cycle())
        {
            if Instant::now() > end {
                return "kept to the end";
            }
            if stream.write_all(&[*byte]).await.is_err() {
                return "closed by the server";
            }
            sleep(Duration::from_millis(500)).await;
        }
        "sent"
    }
    .boxed()
}

/// Says nothing until the server has enough of it.
async fn until_closed(stream: &mut TcpStream, end: Instant) -> &'static str {
    let left = end.saturating_duration_since(Instant::now());
    match timeout(left, stream.read(&mut [0; 512])).await {
        Err(_) => "kept to the end",
        Ok(Ok(0)) => "closed by the server",
        Ok(Ok(_)) => "told by the server",
        Ok(Err(_)) => "reset by the server",
    }
}

/// Reads nothing, and looks once a second whether the connection is still there: what is sent on one that was
/// closed is refused.
async fn until_refused(stream: &mut TcpStream, end: Instant) -> &'static str {
    while Instant::now() < end {
        sleep(Duration::from_secs(1)).await;
        if stream.write_all(b"\r\n").await.is_err() {
            return "closed by the server";
        }
    }
    "kept to the end"
}

fn patch(client: &Client, world: &World, person: &Person, body: &Value) -> RequestBuilder {
    client
        .patch(format!(
            "{}/v1/organizations/{}",
            world.url, person.organization
        ))
        .bearer_auth(&person.token)
        .header(header::CONTENT_TYPE, "application/merge-patch+json")
        .header(header::IF_MATCH, "*")
        .body(body.to_string())
}

/// An organization with very many jobs gets another name, twice a second.
async fn renames(world: &World, end: Instant) -> Tally {
    repeat(
        "renames",
        30,
        Duration::from_millis(400),
        end,
        |client, number| {
            patch(
                client,
                world,
                &world.owner,
                &json!({"name": format!("Many Names {number}")}),
            )
        },
    )
    .await
}

/// A listing that nobody has looked at gets another description of 20,000 characters.
async fn long_texts(world: &World, end: Instant) -> Tally {
    repeat(
        "long texts",
        31,
        Duration::from_millis(400),
        end,
        |client, number| {
            let text = format!("{number} much text. ").repeat(1_200);
            patch(client, world, &world.hoarder, &json!({"description": text}))
        },
    )
    .await
}

/// More listings for moderators to look at.
async fn listings(world: &World, end: Instant) -> Tally {
    repeat(
        "listings",
        32,
        Duration::from_millis(400),
        end,
        |client, number| {
            let body = json!({
                "name": format!("Yet another {number}"),
                "organization_type": "other",
                "description": format!("{number} much text. ").repeat(1_200),
            });
            let post = client.post(format!("{}/v1/organizations", world.url));
            post.bearer_auth(&world.hoarder.token).json(&body)
        },
    )
    .await
}

/// Accounts for one victim, whose provider ignores what follows a plus.
async fn registrations(world: &World, end: Instant) -> Tally {
    let each = (40..43).map(|address| {
        let register = move |client: &Client, number: usize| {
            let email = format!("victim+{address}.{number}@example.net");
            let body = json!({"email": email, "password": "a long enough password", "name": "Visit my shop"});
            client.post(format!("{}/v1/auth/register", world.url)).json(&body)
        };
        repeat("registrations", address, Duration::from_secs(1), end, register).boxed()
    });
    together("registrations", each.collect()).await
}

/// The passwords of people who have not forgotten them, the honest one's among them.
async fn forgotten(world: &World, end: Instant) -> Tally {
    let each = (43..46).map(|address| {
        let forget = move |client: &Client, number: usize| {
            let emails = [
                "owner@example.coop",
                "victim+x@example.net",
                "moderator@example.coop",
            ];
            let body = json!({"email": emails[number % emails.len()]});
            client
                .post(format!("{}/v1/auth/forgot-password", world.url))
                .json(&body)
        };
        repeat(
            "forgotten passwords",
            address,
            Duration::from_secs(1),
            end,
            forget,
        )
        .boxed()
    });
    together("forgotten passwords", each.collect()).await
}

/// Mail in the name of a public listing, to whoever is on a list.
async fn invitations(world: &World, end: Instant) -> Tally {
    repeat(
        "invitations",
        33,
        Duration::from_millis(400),
        end,
        |client, number| {
            let body = json!({"email": format!("victim+{number}@example.org"), "role": "editor"});
            let path = format!(
                "{}/v1/organizations/{}/members",
                world.url, world.owner.organization
            );
            client
                .post(path)
                .bearer_auth(&world.owner.token)
                .json(&body)
        },
    )
    .await
}
