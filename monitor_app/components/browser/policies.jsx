// Escalation policies: who is told first, and who when nobody answers; each drawn as the line that it is.
import { ActionMenu } from "./action_menu.jsx";
import { Icon } from "./icons.jsx";
import { afterWords, roundsWords } from "./on_call_words.js";

const ICONS = { channel: "bell", account: "user", schedule: "clock" };
const WORDS = { channel: "channel", account: "person", schedule: "on call in" };
const ITEMS = [
  { action: "edit", icon: "edit", text: "Edit" },
  { action: "copy", icon: "copy", text: "Duplicate" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

export function Target({ target }) {
  return (
    <span className={target.name ? "target-chip" : "target-chip gone"}>
      <Icon name={ICONS[target.type]} size={14} />
      <span className="for-readers">{WORDS[target.type]} </span>
      {target.name || "gone"}
    </span>
  );
}

/** The steps from left to right, on a phone from top to bottom. */
function Line({ policy }) {
  return (
    <ol className="escalation" aria-label={`Steps of ${policy.name}`}>
      {policy.steps.map((step, place) => (
        <li key={place}>
          <span className="after">{afterWords(step.after_minutes, place === 0)}</span>
          <span className="targets">
            {step.targets.map((target) => (
              <Target key={`${target.type} ${target.id}`} target={target} />
            ))}
          </span>
        </li>
      ))}
      {policy.rounds > 1 && (
        <li className="again">
          <span className="after">
            <Icon name="refresh" size={14} /> {roundsWords(policy.rounds)}
          </span>
        </li>
      )}
    </ol>
  );
}

function usersWords({ rules, is_default: isDefault }) {
  const users = [...rules, ...(isDefault ? ["all rules that name no policy"] : [])];
  return users.length ? `Used by ${users.join(", ")}.` : "No rule uses it.";
}

function Policy({ policy, canWrite, onAct }) {
  return (
    <li className="policy" aria-label={policy.name}>
      <div className="policy-head">
        <h3>
          {canWrite ? (
            <button type="button" className="link-button" data-policy={policy.policy_id} onClick={() => onAct("edit", policy)}>
              {policy.name}
            </button>
          ) : (
            policy.name
          )}
        </h3>
        {policy.is_default && <span className="chip">default</span>}
        <span className="space" />
        {canWrite && <ActionMenu label={`What can be done with ${policy.name}`} items={ITEMS} onChoose={(action) => onAct(action, policy)} />}
      </div>
      {policy.troubles.map((words) => (
        <p key={words} className="policy-trouble">
          <Icon name="warn" size={14} /> {words}
        </p>
      ))}
      <Line policy={policy} />
      <p className="help">
        {usersWords(policy)}
        {policy.fallback_channel_name && ` When a step reaches nobody: ${policy.fallback_channel_name}.`}
      </p>
    </li>
  );
}

export function Policies({ policies, canWrite, onAct, onAdd }) {
  return (
    <section className="on-call-part" aria-label="Escalation policies">
      <div className="section-head">
        <div>
          <h2>Escalation policies</h2>
          <p className="help">Who is told first, and who when nobody acknowledges. Rules name one; those that do not go by the default.</p>
        </div>
        {canWrite && policies.length > 0 && (
          <button type="button" className="plain" onClick={onAdd}>
            <Icon name="plus" /> Add a policy
          </button>
        )}
      </div>
      {!policies.length && (
        <div className="empty-list teaching">
          <p>
            <b>Everybody is told at once.</b> Without a policy, alerts go to all default channels. With one, they go to who is on call first, and to others when nobody answers for 15 minutes.
          </p>
          {canWrite && (
            <button type="button" className="plain" onClick={onAdd}>
              <Icon name="plus" /> Add a policy
            </button>
          )}
        </div>
      )}
      <ul className="policies">
        {policies.map((policy) => (
          <Policy key={policy.policy_id} policy={policy} canWrite={canWrite} onAct={onAct} />
        ))}
      </ul>
    </section>
  );
}
