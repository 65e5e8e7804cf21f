// Light, dark, or as the system says; remembered in this browser, and by who is logged in.
import { useContext, useEffect, useState } from "react";
import { ColorModeContext } from "$/utils/context-registry";
import { noteTheme } from "./formats.jsx";
import { Icon } from "./icons.jsx";

const NEXT = { system: "light", light: "dark", dark: "system" };
const ICON = { system: "system", light: "sun", dark: "moon" };
const WORD = { system: "as the system", light: "light", dark: "dark" };

export function ThemeSwitch({ isKept = false, onChoose }) {
  const { rawColorMode, setColorMode } = useContext(ColorModeContext);
  const [isMounted, setIsMounted] = useState(false);
  useEffect(() => setIsMounted(true), []);
  const mode = isMounted && rawColorMode in NEXT ? rawColorMode : "system";
  const label = `Theme: ${WORD[mode]}. Switch to ${WORD[NEXT[mode]]}`;
  const choose = () => {
    setColorMode(NEXT[mode]);
    if (!isKept) return;
    noteTheme(NEXT[mode]);
    onChoose(NEXT[mode]);
  };
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={choose}>
      <Icon name={ICON[mode]} />
    </button>
  );
}
