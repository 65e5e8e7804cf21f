// What opens a session: log-in, the first account, an invitation, a wall screen, a new password. The answer brings a
// cookie, so the page is left by a full load. Fields keep what was typed by themselves, whatever the answer is.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { post } from "./post.js";
import { Field, PasswordField } from "./secret_field.jsx";

const RULES = "At least 12 characters. A few words that only you would put together are best.";
const NO_TOKEN = "This link is not whole: its part after the # is missing. Copy all of it, or ask for a new one.";
const FRESH_LINK = "While there is no administrator, Lightbulb prints a fresh link each time it starts.";

/**
 * What stands after the #: it never reaches a server's log. It goes from the address bar, which Reflex tells the
 * server, into the tab's entry of this page, so that the page can be loaded anew.
 */
function takeToken() {
  const token = location.hash.slice(1);
  if (token) history.replaceState({ ...history.state, linkToken: token }, "", location.pathname);
  return token || history.state?.linkToken || "";
}

/** The first wrong field, else the one to be typed again; what is out of sight cannot be reached. */
function focusFirstWrong(form) {
  const fields = [...(form?.querySelectorAll('[aria-invalid="true"], [data-again]') ?? [])];
  const seen = fields.filter((field) => field.offsetParent !== null);
  const wrong = seen.find((field) => field.getAttribute("aria-invalid") === "true") ?? seen[0];
  wrong?.focus();
  wrong?.select?.();
}

/** Messages for fields of `named` that are empty. */
function missing(values, named) {
  return Object.fromEntries(Object.entries(named).filter(([name]) => !values[name]));
}

/** Sends the form, counts down while the server wants no more tries, and says what was wrong. */
function useSending(path, onDone, needed = {}) {
  const form = useRef(null);
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  const isSent = useRef(false);
  const [wait, setWait] = useState(0);
  // With the words: what is typed then is not marked, and so typed over, a moment later.
  useLayoutEffect(() => {
    if (problem) focusFirstWrong(form.current);
  }, [problem]);
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => {
      if (wait === 1) setProblem(null); // what was said of waiting is over
      setWait(wait - 1);
    }, 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  const send = async (body) => {
    if (isSent.current || wait > 0) return;
    const fields = missing(body, needed);
    if (Object.keys(fields).length) {
      setProblem({ fields });
      return;
    }
    isSent.current = true;
    setIsBusy(true);
    try {
      onDone(await post(path, body)); // the page is left: until it is gone nothing more is sent
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      isSent.current = false;
      setIsBusy(false);
      setProblem(refused);
      setWait(Math.ceil(refused.waitSeconds || 0));
    }
  };
  return { form, problem, isBusy, wait, send, forget: () => setProblem(null) };
}

function valuesOf(form) {
  return Object.fromEntries(
    [...form.elements]
      .filter((field) => field.name)
      .map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]),
  );
}

function Frame({ sending, label, busyLabel, body, children }) {
  const { form, problem, isBusy, wait, send } = sending;
  useEffect(() => {
    // Marked for whoever looks in from outside: before this a press of the button would go nowhere.
    form.current.dataset.ready = "";
  }, [form]);
  const said = problem && !Object.keys(problem.fields).length && problem.needs !== "code" ? problem.detail : "";
  return (
    <form
      ref={form}
      className="auth-form"
      method="post"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send(body(valuesOf(event.currentTarget)));
      }}
    >
      {children}
      <p className={said ? "said wrong" : "said"} role="alert">
        {said}
      </p>
      <button type="submit" className="primary" aria-disabled={isBusy || wait > 0}>
        {wait > 0 ? `Try again in ${wait} s` : isBusy ? busyLabel : label}
      </button>
    </form>
  );
}

function Keep() {
  return (
    <label className="check">
      <input type="checkbox" name="keep" />
      Keep me logged in on this device
    </label>
  );
}

function LogIn() {
  const sending = useSending("/api/auth/login", (answer) => location.replace(answer.next), {
    username: "Type your username.",
    password: "Type your password.",
  });
  const { problem, form, forget } = sending;
  const [isCodeWanted, setIsCodeWanted] = useState(false);
  const fields = problem?.fields ?? {};
  const goBack = () => {
    forget();
    setIsCodeWanted(false);
    requestAnimationFrame(() => form.current?.elements.username.select());
  };
  useEffect(() => {
    if (problem?.needs === "code") setIsCodeWanted(true);
  }, [problem]);
  useEffect(() => {
    if (isCodeWanted) form.current?.elements.code?.focus();
  }, [isCodeWanted, form]);
  const body = ({ username, password, code = "", keep }) => {
    const next = new URLSearchParams(location.search).get("next") ?? "";
    return { username, password, code, keep, next };
  };
  return (
    <Frame sending={sending} label={isCodeWanted ? "Continue" : "Log in"} busyLabel="Checking…" body={body}>
      {/* Out of sight, not out of the form: the password goes along with the code, and managers see one form. */}
      <div className="group" hidden={isCodeWanted}>
        <Field label="Username" name="username" autoComplete="username" autoCapitalize="none" autoFocus error={fields.username} />
        <PasswordField label="Password" name="password" autoComplete="current-password" data-again="" error={fields.password} />
        <Keep />
      </div>
      {isCodeWanted && (
        <>
          <Field
            label="Code of your second factor"
            name="code"
            autoComplete="one-time-code"
            autoCapitalize="none"
            error={fields.code}
            data-again=""
            help="The six digits that your app shows now, or one of your recovery codes."
          />
          <button type="button" className="quiet" onClick={goBack}>
            Use another account
          </button>
        </>
      )}
    </Frame>
  );
}

/** Who is new begins with the tour of the board, unless they were on the way to another page. */
function withTour(next) {
  return next === "/" ? "/?tour=first" : next;
}

function NewAccount({ path, token, label }) {
  const sending = useSending(path, (answer) => location.replace(withTour(answer.next || "/")), {
    username: "Choose a username.",
    password: "Choose a password.",
  });
  const fields = sending.problem?.fields ?? {};
  const body = ({ username, password, keep }) => ({ token, username, password, keep });
  return (
    <Frame sending={sending} label={label} busyLabel="Making your account…" body={body}>
      <Field
        label="Username"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        error={fields.username}
        help="Lower-case letters, digits, dots, hyphens. Others see it beside what you change."
      />
      <PasswordField label="Password" name="password" autoComplete="new-password" error={fields.password} help={RULES} />
      <Keep />
      {fields.token && (
        <p className="wrong" role="alert">
          {fields.token}
        </p>
      )}
    </Frame>
  );
}

/** Looks at the link first, so that nobody chooses a password for one that does not work. */
function ByLink({ path, label, hint }) {
  const [link, setLink] = useState(null);
  useEffect(() => {
    const token = takeToken();
    if (!token) {
      setLink({ trouble: NO_TOKEN });
      return;
    }
    post("/api/auth/invitation/check", { token }).then(
      (found) => setLink({ token, ...found }),
      (refused) => setLink({ trouble: refused.detail }),
    );
  }, []);
  if (link === null) return <p className="muted">Looking at your link…</p>;
  if (link.trouble) {
    return (
      <>
        <p className="said wrong link-trouble" role="alert">
          {link.trouble}
        </p>
        {hint && <p className="help">{hint}</p>}
        <a href="/login">Log in instead</a>
      </>
    );
  }
  return (
    <>
      {!link.is_setup && (
        <p className="muted">
          You are invited as <b>{link.role}</b>
          {link.note ? ` (${link.note})` : ""}.
        </p>
      )}
      <NewAccount path={path} token={link.token} label={label} />
    </>
  );
}

function Wall() {
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    const token = takeToken();
    if (!token) {
      setTrouble(NO_TOKEN);
      return;
    }
    post("/api/auth/wall", { token }).then(
      () => location.replace("/?layout=wall"),
      (refused) => setTrouble(refused.detail),
    );
  }, []);
  return (
    <p className={trouble ? "said wrong" : "muted"} role={trouble ? "alert" : "status"}>
      {trouble || "Opening the board…"}
    </p>
  );
}

const CHANGED = "#password-changed";

/** One's own password. The answer brings a new cookie, so the page is loaded anew, and says then that it was done. */
function NewPassword({ username }) {
  const sending = useSending(
    "/api/auth/password",
    () => {
      history.replaceState(history.state, "", CHANGED);
      location.reload();
    },
    { current: "Type the password that you have now.", new: "Choose a new password." },
  );
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    if (location.hash !== CHANGED) return;
    setIsDone(true);
    history.replaceState(history.state, "", location.pathname + location.search);
  }, []);
  const fields = sending.problem?.fields ?? {};
  return (
    <Frame sending={sending} label="Change password" busyLabel="Changing…" body={({ current, password }) => ({ current, new: password })}>
      {isDone && (
        <p className="banner good" role="status">
          Your password is changed. All your other sessions have ended.
        </p>
      )}
      {/* For password managers: whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordField label="Current password" name="current" autoComplete="current-password" error={fields.current} />
      <PasswordField label="New password" name="password" autoComplete="new-password" error={fields.new ?? fields.password} help={RULES} />
    </Frame>
  );
}

const FORMS = {
  login: () => <LogIn />,
  setup: () => <ByLink path="/api/auth/setup" label="Create the administrator" hint={FRESH_LINK} />,
  invitation: () => <ByLink path="/api/auth/invitation" label="Create your account" />,
  wall: () => <Wall />,
  password: (username) => <NewPassword username={username} />,
};

/** `username`: whose password is changed. */
export function AuthForm({ kind, username = "" }) {
  return FORMS[kind](username);
}
