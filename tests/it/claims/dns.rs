//! A DNS server with the records of a test.

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;

type Records = Arc<Mutex<HashMap<String, Vec<RData>>>>;

/// A server that runs until dropped.
pub struct Dns {
    pub address: SocketAddr,
    records: Records,
    task: tokio::task::JoinHandle<()>,
}

impl Dns {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let records = Records::default();
        let all = records.clone();
        let task = tokio::spawn(async move {
            let mut datagram = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut datagram).await {
                let query = Message::from_vec(&datagram[..length]).unwrap();
                let reply = reply(&query, &all).to_vec().unwrap();
                socket.send_to(&reply, from).await.unwrap();
            }
        });
        Self {
            address,
            records,
            task,
        }
    }

    /// A name has this address, besides those it has.
    pub fn address_of(&self, name: &str, address: &str) {
        let data = match address.parse().unwrap() {
            IpAddr::V4(address) => RData::A(address.into()),
            IpAddr::V6(address) => RData::AAAA(address.into()),
        };
        self.add(name, data);
    }

    /// A name has a TXT record of these strings, besides those it has.
    pub fn text_of(&self, name: &str, strings: &[&str]) {
        let strings = strings.iter().map(|text| (*text).to_owned()).collect();
        self.add(name, RData::TXT(TXT::new(strings)));
    }

    fn add(&self, name: &str, data: RData) {
        let mut records = self.records.lock().unwrap();
        records.entry(format!("{name}.")).or_default().push(data);
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn reply(query: &Message, records: &Records) -> Message {
    let mut reply = Message::response(query.metadata.id, OpCode::Query);
    reply.metadata.response_code = ResponseCode::NXDomain;
    for question in &query.queries {
        reply.add_query(question.clone());
        let (name, kind): (_, RecordType) = (question.name(), question.query_type());
        let records = records.lock().unwrap();
        let Some(found) = records.get(&name.to_ascii().to_lowercase()) else {
            continue;
        };
        reply.metadata.response_code = ResponseCode::NoError;
        for data in found.iter().filter(|data| data.record_type() == kind) {
            reply.add_answer(Record::from_rdata(name.clone(), 60, data.clone()));
        }
    }
    reply
}
