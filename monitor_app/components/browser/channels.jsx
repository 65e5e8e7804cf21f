// Channels as people arrange them: the list of those of all, of one's own, and the form of one. All goes through the API.
import { useCallback, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { ActionMenu } from "./action_menu.jsx";
import { ChannelForm } from "./channel_form.jsx";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { Modal } from "./modal.jsx";
import { ask } from "./post.js";
import { Question } from "./question.jsx";
import { toastWanted } from "./signals.js";
import { Ago } from "./stamp.jsx";
import { useQuery, useSetQuery } from "./url.js";

const PATH = "/api/channels";
const OWN_PATH = "/api/own-channels";
const NEW = "new";
const WRITE = "channel:write";
const AGAIN_MS = 30_000;
const ITEMS = [
  { action: "edit", icon: "edit", text: "Edit and test" },
  { action: "copy", icon: "copy", text: "Duplicate" },
  { action: "sent", icon: "history", text: "What was sent there" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

export const pathFor = (may) => (may.includes(WRITE) ? PATH : OWN_PATH);

function Ghosts() {
  return (
    <div className="ghosts" aria-hidden="true">
      {[0, 1, 2].map((line) => (
        <div key={line} className="ghost-line">
          <span className="ghost" />
        </div>
      ))}
    </div>
  );
}

const at = (moment) => (moment ? Date.parse(moment) : 0);

/** What became of the last messages: the newest of both ends counts. */
function Last({ channel }) {
  const sent = at(channel.last_sent_at);
  const failed = at(channel.last_failed_at);
  if (channel.trouble) {
    return (
      <span className="said bad">
        <Icon name="warn" size={14} /> {channel.trouble}
      </span>
    );
  }
  if (failed > sent) {
    return (
      <span className="said bad" title={channel.last_error}>
        <Icon name="octagon" size={14} />
        <span>
          failed <Ago at={failed} />
          {channel.last_error && `: ${channel.last_error}`}
        </span>
      </span>
    );
  }
  if (!sent) return <span className="muted">nothing sent yet</span>;
  return (
    <span className="said ok">
      <Icon name="check" size={14} />
      <span>
        sent <Ago at={sent} />
      </span>
    </span>
  );
}

function Toggle({ channel, onToggle }) {
  return (
    <button type="button" role="switch" className="switch-button" aria-checked={channel.enabled} disabled={!channel.may_change} aria-label={`Send to ${channel.name}`} onClick={() => onToggle(channel, !channel.enabled)}>
      <i />
    </button>
  );
}

function Notes({ channel }) {
  const owner = channel.is_mine ? "" : channel.owner;
  if (!channel.is_default && !owner && !channel.used_by.length) return null;
  return (
    <span className="channel-notes">
      {channel.is_default && <span className="chip">default</span>}
      {owner && <span className="chip">of {owner}</span>}
      {channel.used_by.length > 0 && (
        <span className="muted" title="Escalation policies that send here">
          {channel.used_by.join(", ")}
        </span>
      )}
    </span>
  );
}

function Rows({ channels, label, onAct, onToggle }) {
  return (
    <table className="list channel-list" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">Kind</th>
          <th scope="col">To</th>
          <th scope="col">Last message</th>
          <th scope="col">On</th>
          <th scope="col">
            <span className="for-readers">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {channels.map((channel) => (
          <tr key={channel.channel_id} className={channel.enabled ? "" : "off"}>
            <th scope="row">
              {channel.may_change ? (
                <button type="button" className="link-button" data-channel={channel.channel_id} onClick={() => onAct("edit", channel)}>
                  {channel.name}
                </button>
              ) : (
                channel.name
              )}
              <Notes channel={channel} />
            </th>
            <td>{channel.kind_title}</td>
            <td className="mono channel-target">{channel.may_change ? channel.target : <span className="muted">shown to editors</span>}</td>
            <td className="channel-last">
              <Last channel={channel} />
            </td>
            <td data-label="On">
              <Toggle channel={channel} onToggle={onToggle} />
            </td>
            <td className="cell-actions">{channel.may_change && <ActionMenu label={`What can be done with ${channel.name}`} items={ITEMS} onChoose={(action) => onAct(action, channel)} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Deleting({ channel, path, onDone, onClose }) {
  return (
    <Question act={() => ask("DELETE", `${path}/${channel.channel_id}`)} button={`Delete ${channel.name}`} onDone={onDone} onClose={onClose}>
      <p>No notification goes to {channel.target || channel.name} by it any more. What was sent stays in the log.</p>
      {channel.used_by.length > 0 && <p>These escalation policies send there: {channel.used_by.join(", ")}. Take it out of them first.</p>}
    </Question>
  );
}

function Empty({ isWriter, onAdd }) {
  return (
    <div className="empty-list teaching">
      <div>
        <p>
          <b>Nobody is told of anything yet.</b> A channel is a way to reach people: a mail address, a chat, a phone, a program of yours.
        </p>
        <p>{isWriter ? "Add the first one, send a test, and you are done: what goes down is told there." : "Add one of your own, or ask an editor for one for all."}</p>
      </div>
      <button type="button" className="primary" onClick={onAdd}>
        <Icon name="plus" /> Add a channel
      </button>
      <a href="/help/channels">How channels work</a>
    </div>
  );
}

function NoLinks() {
  return (
    <p className="no-links muted">
      <Icon name="link" size={14} />
      <span>
        Messages carry no link to their incident, as this program does not know its own address: start it with <code>PUBLIC_URL</code>, such as <code>PUBLIC_URL=https://status.example.org</code>. <a href="/help/deploy">How</a>
      </span>
    </p>
  );
}

/** The list, refreshed now and then while it is looked at. */
function useChannels() {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  const load = useCallback(async () => {
    try {
      setFound(await ask("GET", PATH));
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "Channels cannot be read.");
    }
  }, []);
  useEffect(() => {
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [load]);
  return { found, setFound, problem, load };
}

/** `may` are the permissions of who looks. */
export function Channels({ may = [] }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const navigate = useNavigate();
  const { found, setFound, problem, load } = useChannels();
  const [kinds, setKinds] = useState(null);
  const [deleting, setDeleting] = useState(null);
  const [copied, setCopied] = useState(null);
  const isWriter = may.includes(WRITE);
  const path = pathFor(may);
  useEffect(() => {
    ask("GET", "/api/channel-kinds").then(
      (answer) => setKinds(Object.values(answer).filter((each) => typeof each === "object")),
      () => setKinds([]),
    );
  }, []);
  const items = found?.items ?? [];
  const editing = query.get("edit") ?? "";
  const channel = editing && editing !== NEW ? items.find(({ channel_id: id }) => String(id) === editing) : null;
  const isOpen = Boolean(kinds && found && editing && (editing === NEW || channel?.may_change));
  const add = () => {
    setCopied(null);
    setQuery({ edit: NEW });
  };
  useKeys({ n: add });
  const close = () => setQuery({ edit: null });
  const act = (action, one) => {
    if (action === "edit") setQuery({ edit: String(one.channel_id) });
    else if (action === "delete") setDeleting(one);
    else if (action === "sent") navigate(`/alerting/sent?channel=${one.channel_id}`);
    else {
      setCopied(one);
      setQuery({ edit: NEW });
    }
  };
  const toggle = async (one, enabled) => {
    // Seen at once; back again when it is refused.
    const shown = (value) => setFound((known) => ({ ...known, items: known.items.map((each) => (each.channel_id === one.channel_id ? { ...each, enabled: value } : each)) }));
    shown(enabled);
    try {
      await ask("PATCH", `${path}/${one.channel_id}`, { enabled });
      toastWanted.send({ text: `${one.name} is ${enabled ? "on" : "off: nothing is sent there"}` });
    } catch (refused) {
      shown(!enabled);
      toastWanted.send({ text: refused.detail, tone: "failed" });
    }
  };
  const mine = items.filter((one) => one.is_mine);
  const others = items.filter((one) => !one.is_mine);
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Channels</h1>
          <p className="muted">Where notifications go. Alerts that no escalation policy sends elsewhere go to those marked default.</p>
        </div>
        {items.length > 0 && (
          <button type="button" className="primary" onClick={add}>
            <Icon name="plus" /> {isWriter ? "Add a channel" : "Add one of your own"}
          </button>
        )}
      </div>
      {problem && (
        <div className="banner bad" role="alert">
          <Icon name="warn" /> <span>{problem}</span>
          <button type="button" className="plain" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {!found && !problem && <Ghosts />}
      {found && !items.length && <Empty isWriter={isWriter} onAdd={add} />}
      {found && items.length > 0 && isWriter && !found.has_links && <NoLinks />}
      {others.length > 0 && <Rows channels={others} label="Channels of all" onAct={act} onToggle={toggle} />}
      {mine.length > 0 && (
        <section className="own-channels">
          <h2>Mine</h2>
          <p className="help">Used where a policy names you, or when you are on call; quiet hours hold here.</p>
          <Rows channels={mine} label="Channels of your own" onAct={act} onToggle={toggle} />
        </section>
      )}
      <Modal isOpen={isOpen} title={channel ? channel.name : "A new channel"} size="wide" onClose={close}>
        {isOpen && (
          <ChannelForm
            key={editing + (copied?.channel_id ?? "")}
            channel={channel}
            copied={copied}
            kinds={kinds}
            people={found.people}
            isWriter={isWriter}
            path={path}
            onSaved={() => {
              close();
              load();
            }}
            onClose={close}
          />
        )}
      </Modal>
      <Modal isOpen={deleting !== null} title="Delete the channel?" size="small" guard={false} onClose={() => setDeleting(null)}>
        {deleting && (
          <Deleting
            channel={deleting}
            path={path}
            onDone={() => {
              toastWanted.send({ text: `${deleting.name} is deleted` });
              setDeleting(null);
              load();
            }}
            onClose={() => setDeleting(null)}
          />
        )}
      </Modal>
    </>
  );
}
