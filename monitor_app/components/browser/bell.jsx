// Whether this browser sounds and shows a notification when something goes down; and it does.
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { askPermission, permission, raise, sound, want, wants } from "./alarm.js";
import { BoardFeed, hasFeed } from "./board_feed.jsx";
import { Panel } from "./panel.jsx";
import { board } from "./store.js";
import { noteOpen } from "./url.js";

const REFUSED = {
  denied: "Your browser does not allow it for this site: change that beside the address, then switch it on here.",
  missing: "This browser cannot show notifications.",
};

const SETTLE_MS = 1000; // a page that has rows has asked for them by then
let alarms = 0; // those on this page that open what they tell of right there

/** Tells of what goes down in the ways that are wanted; draws nothing. */
export function Alarm({ onOpen }) {
  const open = useRef(onOpen);
  open.current = onOpen;
  useEffect(() => {
    alarms += 1;
    const end = board.on("news", () =>
      raise(board.news(), (id, sid) => {
        noteOpen(sid);
        open.current?.(id);
      }),
    );
    return () => {
      alarms -= 1;
      end();
    };
  }, []);
  return null;
}

/** The same on every other page: it leads to the page of the service, and asks for news where the page gets none. */
export function AlarmWatch({ snapshot, feedState, feedVar, onListen }) {
  const [isAlone, setIsAlone] = useState(false);
  const navigate = useNavigate();
  const go = useRef(navigate);
  go.current = navigate;
  const listen = useRef(onListen);
  listen.current = onListen;
  useEffect(() => board.on("news", () => !alarms && raise(board.news(), (_, sid) => go.current(`/services/${sid}`))), []);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (hasFeed() || !(wants("sound") || wants("notify"))) return;
      setIsAlone(true);
      listen.current?.();
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isAlone ? <BoardFeed snapshot={snapshot} feedState={feedState} feedVar={feedVar} onReload={onListen} /> : null;
}

function Choice({ title, help, isOn, onChange }) {
  return (
    <label className="bell-choice">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {title}
        <span className="help">{help}</span>
      </span>
    </label>
  );
}

export function Bell() {
  const [state, setState] = useState({ sound: false, notify: false });
  const [refusal, setRefusal] = useState("");
  useEffect(() => setState({ sound: wants("sound"), notify: wants("notify") && permission() === "granted" }), []);
  const set = (what, isOn) => {
    want(what, isOn);
    setState((before) => ({ ...before, [what]: isOn }));
  };
  const onSound = async (isOn) => {
    set("sound", isOn);
    if (isOn) await sound();
  };
  const onNotify = async (isOn) => {
    const answer = isOn ? await askPermission() : "granted";
    setRefusal(REFUSED[answer] ?? "");
    set("notify", isOn && answer === "granted");
  };
  const isOn = state.sound || state.notify;
  return (
    <Panel
      label={`Sound and notification: ${isOn ? "on" : "off"}`}
      icon="bell"
      className={`icon-button bell ${isOn ? "on" : ""}`}
      isAtEnd
      width={300}
    >
      <p className="panel-title">When something goes down</p>
      <Choice title="Play a sound" help="Two short tones, in this tab." isOn={state.sound} onChange={onSound} />
      <Choice
        title="Show a notification"
        help="Of your browser, while a page of Lightbulb is open in some tab."
        isOn={state.notify}
        onChange={onNotify}
      />
      {refusal && (
        <p className="wrong" role="alert">
          {refusal}
        </p>
      )}
      <p className="help">Kept in this browser.</p>
    </Panel>
  );
}
