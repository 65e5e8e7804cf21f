// A button with dots, and the menu behind it.
import { useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { PopMenu } from "./pop_menu.jsx";

const GAP = 4;

/** `items` are {action, text, icon, isDangerous}. */
export function ActionMenu({ label, items, onChoose }) {
  const button = useRef(null);
  const [place, setPlace] = useState(null);
  const open = () => {
    const { right, bottom } = button.current.getBoundingClientRect();
    setPlace({ x: right, y: bottom + GAP, isAtEnd: true });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        onClick={open}
      >
        <Icon name="dots" />
      </button>
      <PopMenu
        place={place}
        label={label}
        items={place ? items : []}
        goBack={() => button.current.focus()}
        onClose={() => setPlace(null)}
        onChoose={onChoose}
      />
    </>
  );
}
