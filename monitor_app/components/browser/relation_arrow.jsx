// The arrow of a relation: solid for a dependency, dashed for communication, dotted for a data flow.
const LINES = { solid: undefined, dashed: "5 3", dotted: "1.5 3", member: undefined };

export function RelationArrow({ line = "solid", width = 36 }) {
  return (
    <svg className={`relation-arrow ${line}`} viewBox={`0 0 ${width} 10`} width={width} height="10" aria-hidden="true">
      <path d={`M1 5H${width - 5}`} strokeDasharray={LINES[line]} />
      {line === "member" ? <circle cx={width - 4} cy="5" r="3" /> : <path d={`m${width - 7} 1.5 5 3.5-5 3.5`} />}
    </svg>
  );
}
