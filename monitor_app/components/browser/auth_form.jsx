// What opens a session: log-in, the first account, an invitation, a wall screen, a new password. The answer brings a
// cookie, so the page is left by a full load. Fields keep what was typed by themselves, whatever the answer is.
import { useEffect, useRef, useState } from "react";
import { post } from "./post.js";
import { Field, PasswordField } from "./secret_field.jsx";

const RULES = "At least 12 characters. A few words that only you would put together are best.";
const NO_TOKEN = "This link is not whole: its part after the # is missing. Copy all of it, or ask for a new one.";

/** What stands after the #: it never reaches a server's log. Taken out of the address bar as well. */
function takeToken() {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

function focusFirstWrong(form) {
  const wrong = form?.querySelector('[aria-invalid="true"]') ?? form?.querySelector("[data-again]");
  wrong?.focus();
  wrong?.select?.();
}

/** Sends the form, counts down while the server wants no more tries, and says what was wrong. */
function useSending(path, onDone) {
  const form = useRef(null);
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  const [wait, setWait] = useState(0);
  useEffect(() => {
    if (problem) focusFirstWrong(form.current);
  }, [problem]);
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  const send = async (body) => {
    if (isBusy || wait > 0) return;
    setIsBusy(true);
    try {
      await onDone(await post(path, body));
      setProblem(null);
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
      setWait(Math.ceil(refused.waitSeconds || 0));
    }
    setIsBusy(false);
  };
  return { form, problem, isBusy, wait, send };
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
  const sending = useSending("/api/auth/login", (answer) => location.replace(answer.next));
  const { problem, form } = sending;
  const [isCodeWanted, setIsCodeWanted] = useState(false);
  const fields = problem?.fields ?? {};
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
        <Field label="Name" name="username" autoComplete="username" autoCapitalize="none" autoFocus error={fields.username} />
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
          <button type="button" className="quiet" onClick={() => setIsCodeWanted(false)}>
            Use another account
          </button>
        </>
      )}
    </Frame>
  );
}

function NewAccount({ path, token, label }) {
  const sending = useSending(path, (answer) => location.replace(answer.next || "/"));
  const fields = sending.problem?.fields ?? {};
  const body = ({ username, password, keep }) => ({ token, username, password, keep });
  return (
    <Frame sending={sending} label={label} busyLabel="Making your account…" body={body}>
      <Field
        label="Name"
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
function ByLink({ path, label }) {
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
        <p className="said wrong" role="alert">
          {link.trouble}
        </p>
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
      (answer) => location.replace(answer.next || "/"),
      (refused) => setTrouble(refused.detail),
    );
  }, []);
  return (
    <p className={trouble ? "said wrong" : "muted"} role={trouble ? "alert" : "status"}>
      {trouble || "Opening the board…"}
    </p>
  );
}

/** One's own password. The answer brings a new cookie, so the page is loaded anew. */
function NewPassword() {
  const sending = useSending("/api/auth/password", () => location.reload());
  const fields = sending.problem?.fields ?? {};
  return (
    <Frame sending={sending} label="Change password" busyLabel="Changing…" body={({ current, password }) => ({ current, new: password })}>
      <PasswordField label="Password until now" name="current" autoComplete="current-password" error={fields.current} />
      <PasswordField label="New password" name="password" autoComplete="new-password" error={fields.new ?? fields.password} help={RULES} />
    </Frame>
  );
}

const FORMS = {
  login: () => <LogIn />,
  setup: () => <ByLink path="/api/auth/setup" label="Create the administrator" />,
  invitation: () => <ByLink path="/api/auth/invitation" label="Create your account" />,
  wall: () => <Wall />,
  password: () => <NewPassword />,
};

export function AuthForm({ kind }) {
  return FORMS[kind]();
}
