// What can be done with a service of the map: on right-click, or with the key m.
import { PopMenu } from "./pop_menu.jsx";

const ITEMS = [
  { action: "details", icon: "details", text: "Details", keys: "Enter" },
  { action: "impact", icon: "impact", text: "Impact" },
  { action: "what-if", icon: "whatif", text: "What if it were down" },
  { action: "relate", icon: "link", text: "New relation from here", needs: "relation:write" },
  { action: "edit", icon: "edit", text: "Edit", needs: "service:write" },
];

export function NodeMenu({ menu, graph, may, acts, onClose }) {
  return (
    <PopMenu
      place={menu}
      label={menu ? graph.byId.get(menu.id)?.label : ""}
      items={ITEMS.filter(({ needs }) => !needs || may.includes(needs))}
      goBack={() => document.querySelector(`[data-node="${menu?.id}"]`)?.focus()}
      onClose={onClose}
      onChoose={(action) => acts[action](menu.id)}
    />
  );
}
