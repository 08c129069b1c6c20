//! The cells: what the gate says to somebody's request, in a word.

use doorward_domain::{Caller, Decision, DecisionId, Intent, Operation, Resource, Timestamp, Why};
use doorward_service::App;
use doorward_service::gate::{self, Asked};
use std::sync::Arc;

use super::people::{Column, Company};
use super::{shown, tool};

/// What a request is, what it acts on, and what becomes of it for everybody.
pub fn cells(company: &Company, intents: &[Arc<Intent>]) -> Vec<String> {
    let last = intents.last().expect("an intent");
    let each = |said: fn(&Operation) -> String| {
        let mut all: Vec<String> = last.operations.iter().map(said).collect();
        all.dedup();
        all.join(" **and** ")
    };
    let columns = company.columns.iter().map(|column| verdict(company, intents, column));
    [each(|own| own.action.to_string()), each(|own| shown(&own.targets))].into_iter().chain(columns).collect()
}

/// Of all that a request is judged for, what stops it; else what its last part is allowed by.
pub fn verdict(company: &Company, intents: &[Arc<Intent>], column: &Column) -> String {
    let mut said = String::new();
    for intent in intents {
        let (decision, mark) = decided(company, intent, column);
        said = format!("{mark}{}", cell(company, &decision));
        if !matches!(decision, Decision::Pass(_)) {
            break;
        }
    }
    said
}

/// As the door asks: once, and where it depends on that, again with what the tool tells.
fn decided(company: &Company, intent: &Arc<Intent>, column: &Column) -> (Decision, &'static str) {
    let judge = |intent: &Arc<Intent>| judged(&company.app, &column.caller, intent, column.now);
    let decision = judge(intent);
    let profile = &company.app.profile;
    let depends = matches!(&decision, Decision::Refuse(refusal) if refusal.why == Why::Untold);
    let asks = if depends { profile.asks(intent, 64) } else { Vec::new() };
    if asks.is_empty() {
        return (decision, "");
    }
    let told = tool::told(profile, &asks);
    let known = |ask: &Resource| told[asks.iter().position(|own| own == ask)?].clone();
    (judge(&Arc::new(profile.with_told(intent, &known).unwrap())), "°")
}

fn judged(app: &App, caller: &Caller, intent: &Arc<Intent>, now: Timestamp) -> Decision {
    gate::judge(&Asked { id: DecisionId::generate(now, [0; 10]), caller, app, intent, now })
}

fn cell(company: &Company, decision: &Decision) -> String {
    match decision {
        Decision::Pass(permit) => {
            permit.because().map_or_else(|| "allowed".to_owned(), |id| format!("allowed {}", company.number(id)))
        }
        Decision::SignIn => "login".to_owned(),
        Decision::Refuse(refusal) => match refusal.why {
            Why::TooWeak => "✗".to_owned(),
            Why::Denied(id) => format!("✗ {}", company.number(id)),
            Why::Untold => "?".to_owned(),
        },
    }
}
