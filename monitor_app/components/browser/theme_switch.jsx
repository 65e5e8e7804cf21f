// Light, dark, or as the system says; remembered in this browser, and by who is logged in.
import { useContext, useEffect, useRef, useState } from "react";
import { ColorModeContext } from "$/utils/context-registry";
import { Icon } from "./icons.jsx";

const NEXT = { system: "light", light: "dark", dark: "system" };
const ICON = { system: "system", light: "sun", dark: "moon" };
const SETTLE_MS = 800; // who goes through all three means the last one
const WORD = { system: "as the system", light: "light", dark: "dark" };

export function ThemeSwitch({ isKept = false, onChoose }) {
  const { rawColorMode, setColorMode } = useContext(ColorModeContext);
  const [isMounted, setIsMounted] = useState(false);
  const timer = useRef(null);
  useEffect(() => setIsMounted(true), []);
  const mode = isMounted && rawColorMode in NEXT ? rawColorMode : "system";
  const label = `Theme: ${WORD[mode]}. Switch to ${WORD[NEXT[mode]]}`;
  const choose = () => {
    setColorMode(NEXT[mode]);
    if (!isKept) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChoose(NEXT[mode]), SETTLE_MS);
  };
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={choose}>
      <Icon name={ICON[mode]} />
    </button>
  );
}
