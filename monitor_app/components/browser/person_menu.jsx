// Who is logged in, at the end of the top bar: the way to the profile, and out. For nobody: the way in.
import { useRef, useState } from "react";
import { PopMenu } from "./pop_menu.jsx";
import { logOut } from "./session_watch.jsx";

const GAP = 4;
const NOBODY = "nobody";

function LogInLink() {
  const here = () => encodeURIComponent(location.pathname + location.search);
  return (
    <a
      className="plain"
      href="/login"
      onClick={(event) => {
        event.currentTarget.href = `/login?next=${here()}`;
      }}
    >
      Log in
    </a>
  );
}

/** `mark` is "" while the server has not said who it is. */
export function PersonMenu({ mark, username, role, hasProfile }) {
  const button = useRef(null);
  const [place, setPlace] = useState(null);
  const [trouble, setTrouble] = useState("");
  if (!mark) return <span className="person-place" aria-hidden="true" />;
  if (mark === NOBODY) return <LogInLink />;
  const choose = async (action) => {
    if (action === "profile") location.assign("/profile");
    else setTrouble(await logOut());
  };
  const items = [
    ...(hasProfile ? [{ action: "profile", icon: "user", text: "Profile" }] : []),
    { action: "logout", icon: "logout", text: "Log out" },
  ];
  const label = `${username}, ${role}`;
  return (
    <>
      <button
        ref={button}
        type="button"
        className="person-button"
        aria-label={`Your account: ${label}`}
        title={label}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        onClick={() => {
          const { right, bottom } = button.current.getBoundingClientRect();
          setTrouble("");
          setPlace({ x: right, y: bottom + GAP, isAtEnd: true });
        }}
      >
        <span className="avatar" aria-hidden="true">
          {username.slice(0, 1).toUpperCase()}
        </span>
      </button>
      <PopMenu
        place={place}
        label="Your account"
        head={
          <div className="menu-head">
            <b>{username}</b>
            <span className="muted">{role}</span>
          </div>
        }
        items={place ? items : []}
        goBack={() => button.current?.focus()}
        onClose={() => setPlace(null)}
        onChoose={choose}
      />
      {trouble && (
        <div className="toasts" role="alert">
          <div className="toast failed">
            <span>You are still logged in. {trouble}</span>
            <button type="button" className="quiet" onClick={() => choose("logout")}>
              Try again
            </button>
          </div>
        </div>
      )}
    </>
  );
}
