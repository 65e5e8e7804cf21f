// The few line icons the screen needs, drawn on 16 × 16 in the colour of the text.

const PATHS = {
  dots: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm3.6-1.4L14 14",
  plus: "M8 3v10M3 8h10",
  close: "m4 4 8 8m0-8-8 8",
  up: "m4 10 4-4 4 4",
  down: "m4 6 4 4 4-4",
  left: "m10 4-4 4 4 4",
  right: "m6 4 4 4-4 4",
  sun: "M8 10.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM8 1.5v1.2m0 10.6v1.2M14.5 8h-1.2M2.7 8H1.5m11.1-4.6-.9.9m-7.4 7.4-.9.9m9.2 0-.9-.9M4.3 4.3l-.9-.9",
  moon: "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z",
  system: "M2.5 3h11v8h-11ZM6 13.5h4M8 11v2.5",
  breaker: "M2 10h3.5l4-5M9.5 10H14M4 13h8",
  board: "M2.5 3.5h11v9h-11ZM2.5 6.5h11M6 6.5v6",
  edit: "m10.5 3 2.5 2.5L5.5 13H3v-2.5Z",
  pause: "M5.5 3.5v9m5-9v9",
  play: "M5 3.2v9.6L12.5 8Z",
  trash: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M6.8 7v3.6M9.2 7v3.6",
  details: "M2.5 3.5h11v9h-11ZM9.5 3.5v9",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
  shield: "M8 1.8 13 3.6v4c0 3.1-2 5.3-5 6.6-3-1.3-5-3.5-5-6.6v-4Z",
  check: "m3.5 8.5 3 3 6-7",
  warn: "M8 2.5 14 13H2ZM8 6.5v3M8 11.2v.1",
  octagon: "M5.6 2h4.8L14 5.6v4.8L10.4 14H5.6L2 10.4V5.6ZM6 6l4 4m0-4-4 4",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.4",
  user: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 13.6a5.2 5.2 0 0 1 10.4 0",
  logout: "M6.5 3h-3.5v10h3.5M10 5l3 3-3 3M13 8H6.5",
  screen: "M2 3h12v8H2ZM5.5 13.6h5",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.2h10",
  phone: "M5 1.8h6v12.4H5ZM7.2 12h1.6",
  keys: "M1.8 4h12.4v8H1.8ZM4.5 6.6h.01M7 6.6h.01M9.5 6.6h.01M12 6.6h.01M5 9.6h6",
};

export function Icon({ name, size = 16 }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The brand: a bulb. */
export function Bulb({ size = 22 }) {
  return (
    <svg className="bulb" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path className="bulb-glass" d="M12 2a7 7 0 0 0-4.2 12.6c.8.6 1.2 1.3 1.2 2.2v.2h6v-.2c0-.9.4-1.6 1.2-2.2A7 7 0 0 0 12 2Z" />
      <path className="bulb-foot" d="M9.2 19h5.6M10.2 21.6h3.6" />
    </svg>
  );
}
