// What can be done with a service or a group of the map: on right-click, or with the key m.
import { useNavigate } from "react-router";
import { PopMenu } from "./pop_menu.jsx";
import { groupAddress, serviceAddress } from "./url.js";

const PAGE = { action: "page", icon: "right", text: "Open its page" };
const OF_SERVICES = [
  { action: "details", icon: "details", text: "Details", keys: "Enter" },
  PAGE,
  { action: "impact", icon: "impact", text: "Impact" },
  { action: "what-if", icon: "whatif", text: "What if it were down" },
  { action: "relate", icon: "link", text: "New relation from here", needs: "relation:write" },
  { action: "edit", icon: "edit", text: "Edit", needs: "service:write" },
];
function ofGroup({ name, isFolded }) {
  const fold = isFolded ? { action: "unfold", icon: "plus", text: "Unfold" } : { action: "fold", icon: "minus", text: "Fold" };
  return name ? [fold, PAGE] : [fold];
}

/** `menu` is {x, y} with the `id` of a service, or with a `group` as the drawing has it. */
export function NodeMenu({ menu, graph, may, acts, onFold, onClose }) {
  const navigate = useNavigate();
  const group = menu?.group;
  const items = !menu ? [] : group ? ofGroup(group) : OF_SERVICES.filter(({ needs }) => !needs || may.includes(needs));
  const choose = (action) => {
    if (!group && action === "page") navigate(serviceAddress(graph.byId.get(menu.id).sid));
    else if (!group) acts[action](menu.id);
    else if (action === "page") navigate(groupAddress(group.name));
    else onFold(group.name, action === "fold");
  };
  const label = group ? group.name || "No group" : menu ? graph.byId.get(menu.id)?.label : "";
  return (
    <PopMenu
      place={menu}
      label={label}
      items={items}
      goBack={() => document.querySelector(`[data-node="${CSS.escape(String(menu?.id ?? group?.id ?? ""))}"]`)?.focus()}
      onClose={onClose}
      onChoose={choose}
    />
  );
}
