// How all services did over weeks, whether they keep what was promised, and that on paper. All of it goes through the API.
import { useEffect, useState } from "react";
import { FleetOverview } from "./fleet_overview.jsx";
import { Objectives } from "./objectives.jsx";
import { ReportDesk } from "./report_desk.jsx";
import { Ghosts } from "./report_parts.jsx";
import { SectionTabs } from "./section_tabs.jsx";
import { useQuery } from "./url.js";

const PARTS = [
  { key: "overview", title: "Overview" },
  { key: "objectives", title: "Objectives" },
  { key: "reports", title: "Reports" },
];
const LEADS = {
  overview: "How each service did on each day, and which of them stand out.",
  objectives: "How much may be down, what of that is left, and how fast it goes.",
  reports: "Availability over any time, on screen and on paper.",
};

/** `canWrite`: who sits here keeps objectives. */
export function Reports({ canWrite }) {
  // The address is known once the page lives: before, nothing is asked for.
  const [isHere, setIsHere] = useState(false);
  useEffect(() => setIsHere(true), []);
  const wanted = useQuery().get("tab") ?? "";
  const tab = wanted in LEADS ? wanted : PARTS[0].key;
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Reports</h1>
          <p className="muted">{LEADS[tab]}</p>
        </div>
        <SectionTabs parts={PARTS} label="Parts of the reports" />
      </div>
      {!isHere && <Ghosts lines={12} />}
      {isHere && tab === "overview" && <FleetOverview />}
      {isHere && tab === "objectives" && <Objectives canWrite={canWrite} />}
      {isHere && tab === "reports" && <ReportDesk />}
    </>
  );
}
