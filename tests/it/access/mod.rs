mod accounts;
mod budget;
mod login;
mod routes;
mod servers;
mod tokens;
