// Select menus of every kind: fixed options, options the app answers, people, channels; one choice or several.
import { el, icon } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { arrowKeys, closePopover, popover } from "./popovers.js";
import { confirmed, busy } from "./elements.js";
import { store, fullName, nameOfPerson } from "./state.js";
import { toast } from "./toasts.js";

const PAUSE = 180;

const option = (value, text, hint) => ({ value, text: { type: "plain_text", text, emoji: false }, hint });
const people = () => [...store.people.values()].filter((p) => !p.deleted).map((p) => option(p.id, fullName(p.id), nameOfPerson(p.id)));
const channels = () => [...store.channels.values()].filter((c) => !c.is_im).map((c) => option(c.id, `#${c.name}`));

const OFFERS = {
  static: (element) => element.option_groups ? element.option_groups.flatMap((g) => [{ heading: g.label }, ...g.options]) : element.options || [],
  users: people, channels, conversations: () => [...channels(), ...people()],
};
const INITIAL = {
  users: (e) => (e.initial_users || [e.initial_user]).map((id) => id && option(id, fullName(id))),
  channels: (e) => (e.initial_channels || [e.initial_channel]).map((id) => id && channels().find((c) => c.value === id)),
  conversations: (e) => (e.initial_conversations || [e.initial_conversation])
    .map((id) => id && OFFERS.conversations().find((c) => c.value === id)),
};

const flatten = (answer) => answer.option_groups
  ? answer.option_groups.flatMap((g) => [{ heading: g.label }, ...(g.options || [])]) : answer.options || [];

function initial(element, kind) {
  const found = INITIAL[kind]?.(element) || element.initial_options || [element.initial_option];
  return found.filter(Boolean);
}

/** The control that shows what is chosen and opens the list. */
export function select(element, block, context, changed) {
  const [, multi, kind] = /^(multi_)?(\w+)_select$/.exec(element.type);
  let chosen = context.has(block, element) ? [context.get(block, element)].flat().filter(Boolean) : initial(element, kind);
  const shown = el("span", { class: "select-words" });
  const node = el("button", { type: "button", class: "button select", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false",
    "aria-label": block.label?.text || element.placeholder?.text || "Choose", data: { actionId: element.action_id, blockId: block.block_id } },
  shown, icon("down", 14));
  const draw = () => {
    node.classList.toggle("empty", !chosen.length);
    const words = chosen.map((o, i) => [i ? ", " : "", textObject(o.text)]).flat();
    shown.replaceChildren(...(chosen.length ? words : [textObject(element.placeholder || { text: "Choose an option" })]));
    if (chosen.length) node.setAttribute("aria-label", `${element.placeholder?.text || "Chosen"}: ${shown.textContent}`);
  };
  const pick = async (picked) => {
    if (multi) {
      const without = chosen.filter((o) => o.value !== picked.value);
      const next = without.length === chosen.length ? [...chosen, picked] : without;
      if (element.max_selected_items && next.length > element.max_selected_items) return;
      chosen = next;
    } else {
      closePopover();
      if (!(await confirmed(element))) return;
      chosen = [picked];
    }
    draw();
    await busy(node, () => changed(element, block, context, multi ? chosen : picked));
  };
  node.addEventListener("click", () => openList({ node, element, kind, multi, block, context, pick, isChosen: (v) => chosen.some((o) => o.value === v) }));
  draw();
  return node;
}

function openList({ node, element, kind, multi, block, context, pick, isChosen }) {
  const list = el("div", { class: "select-list", role: "listbox", "aria-label": "Choices" });
  const search = el("input", { class: "field select-search", type: "text", placeholder: "Search", "aria-label": "Search choices",
    autocomplete: "off", data: { selectSearch: "" } });
  const floating = popover(node, [el("div", { class: "select-top" }, search), list], { label: "Choices", kind: "select-popover" });
  if (!floating) return;
  const show = (offers) => drawOffers(list, offers, { pick: async (o, row) => {
    await pick(o);
    if (multi) row.setAttribute("aria-selected", String(isChosen(o.value)));
  }, isChosen });
  const ask = kind === "external" ? asker(element, block, context, list, show) : (query) => show(matching(OFFERS[kind]?.(element) || [], query));
  search.addEventListener("input", () => ask(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); list.querySelector("[role=option]")?.click(); }
    if (event.key === "ArrowDown") { event.preventDefault(); list.querySelector("[role=option]")?.focus(); }
  });
  arrowKeys(list, "[role=option]");
  ask("");
  search.focus({ preventScroll: true });
}

function matching(offers, query) {
  const wanted = query.trim().toLowerCase();
  return offers.filter((o) => o.heading || !wanted || `${o.text.text} ${o.hint || ""}`.toLowerCase().includes(wanted));
}

function drawOffers(list, offers, { pick, isChosen }) {
  const rows = offers.map((o) => {
    if (o.heading) return el("div", { class: "menu-heading" }, textObject(o.heading));
    const row = el("button", { type: "button", class: "menu-item", role: "option", "aria-selected": String(isChosen(o.value)), data: { option: o.value } },
      el("span", { class: "menu-words" }, el("span", {}, textObject(o.text)), (o.description || o.hint) && el("small", {}, o.description ? textObject(o.description) : o.hint)),
      icon("check", 14));
    row.addEventListener("click", () => pick(o, row));
    return row;
  });
  list.replaceChildren(...(rows.length ? rows : [el("p", { class: "select-note", text: "No results" })]));
}

/** Asks the app while the person types; only the newest answer is shown. */
function asker(element, block, context, list, show) {
  const least = element.min_query_length ?? 3;
  let newest = 0;
  let timer = 0;
  const note = (text) => list.replaceChildren(el("p", { class: "select-note", text }));
  const fetchNow = async (query, turn) => {
    const answer = await context.options(block, element, query);
    if (turn !== newest) return;
    if (!answer.ok) { note("The choices didn't arrive."); toast(answer.words || "The app didn't offer any choices.", "refusal"); return; }
    show(flatten(answer));
  };
  return (query) => {
    newest += 1;
    clearTimeout(timer);
    if (query.length < least) { note(`Type ${least === 1 ? "a letter" : `${least} letters`} to search`); return; }
    note("Loading…");
    const turn = newest;
    timer = setTimeout(() => fetchNow(query, turn), query ? PAUSE : 0);
  };
}
