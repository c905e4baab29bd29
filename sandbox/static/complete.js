// Suggestions while typing: /commands, @people, #channels, :emoji:.
import { el } from "./dom.js";
import { emojiOf, searchEmoji } from "./emoji.js";
import { store, fullName, nameOfPerson } from "./state.js";
import { personAvatar } from "./avatar.js";

const BUILT_IN = [
  { command: "/invite", description: "Bring someone, or an app, into this channel", usage_hint: "@someone" },
  { command: "/leave", description: "Leave this channel", usage_hint: "" },
  { command: "/me", description: "Say what you are doing", usage_hint: "waves" },
];
const MOST = 8;

function people(part) {
  const wanted = part.toLowerCase();
  return [...store.people.values()].filter((p) => !p.deleted && [nameOfPerson(p.id), fullName(p.id), p.name || ""].some((n) => n.toLowerCase().includes(wanted)))
    .map((p) => ({ insert: `@${nameOfPerson(p.id)} `, means: `<@${p.id}>`, label: nameOfPerson(p.id), hint: fullName(p.id), icon: personAvatar(p.id, 20) }))
    .concat([...store.groups.values()].filter((g) => g.handle.toLowerCase().includes(wanted))
      .map((g) => ({ insert: `@${g.handle} `, means: `<!subteam^${g.id}>`, label: `@${g.handle}`, hint: g.name || "Group" })))
    .concat(["here", "channel"].filter((w) => wanted && w.startsWith(wanted)).map((w) => ({ insert: `@${w} `, means: `<!${w}>`, label: `@${w}`, hint: "Notify the channel" })));
}

const channels = (part) => [...store.channels.values()].filter((c) => !c.is_im && c.name.includes(part.toLowerCase()))
  .map((c) => ({ insert: `#${c.name} `, means: `<#${c.id}>`, label: `#${c.name}` }));
const emoji = (part) => searchEmoji(part, MOST).map((name) => ({ insert: `:${name}: `, label: `:${name}:`, icon: el("span", { class: "emoji", text: emojiOf(name) }) }));
const commands = (part) => [...store.app.commands.map((c) => ({ ...c, app: store.app.name })), ...BUILT_IN].filter((c) => c.command.slice(1).startsWith(part.toLowerCase()))
  .map((c) => ({ insert: `${c.command} `, label: c.command, usage: c.usage_hint, hint: c.description, app: c.app || "Built in" }));

const SOURCES = [[/^\/([\w-]*)$/, commands], [/(?:^|\s)@([\p{L}\p{N}._ -]{0,20})$/u, people], [/(?:^|\s)#([\p{L}\p{N}_-]*)$/u, channels], [/(?:^|\s):([a-z0-9_+-]{2,})$/, emoji]];

function suggestions(before) {
  for (const [pattern, source] of SOURCES) {
    const found = pattern.exec(before);
    if (found) return { length: found[1].length + 1, offers: source(found[1]).slice(0, MOST) };
  }
  return { length: 0, offers: [] };
}

/** Adds suggestions to a textarea. `remember(shown, means)` is told what a chosen mention stands for. Returns {keydown, close}. */
export function completion(input, holder, remember) {
  let state = { length: 0, offers: [] };
  let at = 0;
  const box = el("div", { class: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
  holder.append(box);
  const close = () => { state = { length: 0, offers: [] }; box.hidden = true; box.replaceChildren(); };
  const take = (offer) => {
    const end = input.selectionStart;
    input.setRangeText(offer.insert, end - state.length, end, "end");
    if (offer.means) remember(offer.insert.trim(), offer.means);
    close();
    input.focus();
    input.dispatchEvent(new Event("input"));
  };
  const row = (offer, i) => el("button", { type: "button", class: `menu-item ${i === at ? "chosen" : ""}`, role: "option", "aria-selected": String(i === at), tabindex: -1,
    data: { suggestion: offer.label }, on: { pointerdown: (event) => { event.preventDefault(); take(offer); } } },
  offer.icon, el("span", { class: "menu-words" }, el("span", {}, el("b", { text: offer.label }), offer.usage && el("i", { text: ` ${offer.usage}` })), offer.hint && el("small", { text: offer.hint })),
  offer.app && el("span", { class: "suggestion-app", text: offer.app }));
  const draw = () => {
    box.hidden = !state.offers.length;
    box.replaceChildren(...state.offers.map(row));
    box.children[at]?.scrollIntoView({ block: "nearest" });
  };
  input.addEventListener("input", () => {
    state = suggestions(input.value.slice(0, input.selectionStart));
    at = 0;
    draw();
  });
  input.addEventListener("blur", close);
  const keydown = (event) => {
    if (!state.offers.length) return false;
    const exact = event.key === "Enter" && state.offers[at].insert.trim() === input.value.trim();
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + state.offers.length) % state.offers.length;
      draw();
    } else if ((event.key === "Enter" || event.key === "Tab") && !exact) take(state.offers[at]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { keydown, close };
}
