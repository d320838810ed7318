//! `/feeds/indeed.xml`: every open job, for Indeed.

use crate::error::ApiError;
use crate::jobs::rows::with_employers;
use crate::jobs::view::JobView;
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use crate::web::indeed_xml::{self, END, Publisher};
use crate::web::stream::{self, Pieces};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::ids::JobId;
use entity::job::{Column, Entity, Model};
use entity::organization;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::VecDeque;
use std::sync::Arc;

/// Jobs read at a time: they wait in memory until the reader takes them.
const BATCH: u64 = 20;

/// The document, written while it is read.
#[get("/feeds/indeed.xml")]
pub async fn show_indeed_feed(state: web::Data<AppState>) -> HttpResponse {
    let now = state.clock.now();
    stream::xml(Jobs {
        state,
        now,
        step: Step::Begin,
        last: None,
        read: VecDeque::new(),
    })
}

enum Step {
    Begin,
    Jobs,
    Done,
}

struct Jobs {
    state: web::Data<AppState>,
    /// When the document was asked for: what ends while it is written stays in.
    now: DateTime<Utc>,
    step: Step,
    /// The last job that was read.
    last: Option<JobId>,
    read: VecDeque<(Model, Arc<organization::Model>)>,
}

impl Pieces for Jobs {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let state = self.state.clone();
        let publisher = Publisher {
            name: state.post.instance_name(),
            url: &state.public_url,
            email: &state.sender,
        };
        let piece = match self.step {
            Step::Begin => {
                self.step = Step::Jobs;
                indeed_xml::head(&publisher, self.now).map_err(unwritten)?
            }
            Step::Jobs => {
                if self.read.is_empty() {
                    self.read_on().await?;
                }
                if let Some((row, employer)) = self.read.pop_front() {
                    let job = JobView::new(row, &employer, self.now);
                    let employer = OrganizationView::from((*employer).clone());
                    indeed_xml::job(&job, &employer, &publisher).map_err(unwritten)?
                } else {
                    self.step = Step::Done;
                    END.into()
                }
            }
            Step::Done => return Ok(None),
        };
        Ok(Some(piece.into()))
    }
}

impl Jobs {
    async fn read_on(&mut self) -> Result<(), ApiError> {
        let db = &self.state.store.db;
        let mut query = Entity::public(self.now).order_by_asc(Column::Id);
        if let Some(last) = self.last {
            query = query.filter(Column::Id.gt(last));
        }
        let rows = query.limit(BATCH).all(db).await?;
        self.last = rows.last().map(|row| row.id).or(self.last);
        self.read = with_employers(db, rows).await?.into();
        Ok(())
    }
}

fn unwritten(_: std::io::Error) -> ApiError {
    ApiError::Internal("a job has no XML form")
}
