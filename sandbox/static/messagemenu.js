// What can be done with a message: the ⋯ menu, reactions, opening its thread.
import { el, icon, iconButton } from "./dom.js";
import { emojiOf, QUICK, searchEmoji } from "./emoji.js";
import { ask, closePopover, menu, popover } from "./popovers.js";
import { act, isReply, nameOfChannel, redraw, store, ui } from "./state.js";
import { messageRow } from "./messages.js";
import { toast } from "./toasts.js";

/** Opens a thread beside the channel (over it where there is no room). */
export function openThread(channel, ts) {
  ui.thread = { channel, ts };
  window.location.hash = `${channel}/${ts}`;
  redraw();
}

/** A small palette; `chosen` gets the short name. */
export function pickEmoji(anchor, chosen) {
  const grid = el("div", { class: "emoji-grid", role: "listbox", "aria-label": "Emoji" });
  const search = el("input", { class: "field", type: "text", placeholder: "Search emoji", "aria-label": "Search emoji", data: { emojiSearch: "" } });
  const show = (names) => grid.replaceChildren(...names.map((name) => el("button", { type: "button", role: "option", title: `:${name}:`, "aria-label": name,
    data: { emoji: name }, on: { click: () => { closePopover(); chosen(name); } } }, emojiOf(name))));
  search.addEventListener("input", () => show(searchEmoji(search.value.replace(/:/g, ""), 96)));
  search.addEventListener("keydown", (event) => event.key === "Enter" && grid.firstElementChild?.click());
  if (!popover(anchor, [search, grid], { label: "Emoji", kind: "emoji-picker" })) return;
  show([...QUICK, ...searchEmoji("", 240).filter((name) => !QUICK.includes(name))]);
  search.focus({ preventScroll: true });
}

const linkTo = (message, channel) => {
  const thread = isReply(message) ? `?thread_ts=${message.thread_ts}&cid=${channel}` : "";
  return `https://${store.team.domain || "acme"}.slack.com/archives/${channel}/p${message.ts.replace(".", "")}${thread}`;
};

async function copyLink(message, channel) {
  try {
    await navigator.clipboard.writeText(linkTo(message, channel));
    toast("Link copied.");
  } catch {
    toast(linkTo(message, channel));
  }
}

async function remove(message, channel) {
  const preview = el("div", { class: "preview" }, messageRow({ ...message, reactions: [] }, channel, { pane: "preview" }));
  const sure = await ask({ title: "Delete message", text: [el("p", { text: "Are you sure you want to delete this message? This cannot be undone." }), preview],
    confirm: "Delete", style: "danger" });
  if (sure) await act("delete", { channel, ts: message.ts });
}

const messageShortcuts = () => store.app.shortcuts.filter((s) => s.type === "message");

function runShortcut(shortcut, message, channel) {
  return act("shortcut", { channel, ts: message.ts, callback_id: shortcut.callback_id });
}

function allShortcuts(message, channel) {
  const close = () => { overlay.remove(); };
  const list = el("div", { class: "shortcut-list" });
  const search = el("input", { class: "field", type: "text", placeholder: "Search shortcuts", "aria-label": "Search shortcuts" });
  const show = () => list.replaceChildren(...messageShortcuts().filter((s) => s.name.toLowerCase().includes(search.value.toLowerCase())).map((s) =>
    el("button", { type: "button", class: "menu-item", data: { shortcut: s.callback_id }, on: { click: () => { close(); runShortcut(s, message, channel); } } },
      icon("bolt", 18), el("span", { class: "menu-words" }, el("span", { text: s.name }), el("small", { text: s.description || store.app.name })))));
  const dialog = el("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-label": "Message shortcuts" },
    el("header", { class: "dialog-head" }, el("h2", { text: "Message shortcuts" }), iconButton("close", "Close", close)), el("div", { class: "dialog-body" }, search, list));
  const overlay = el("div", { class: "overlay" }, dialog);
  overlay.addEventListener("keydown", (event) => event.key === "Escape" && close());
  overlay.addEventListener("pointerdown", (event) => event.target === overlay && close());
  search.addEventListener("input", show);
  show();
  document.body.append(overlay);
  search.focus();
}

const SHOWN = 5;

/** The ⋯ menu of a message. */
export function messageMenu(anchor, message, channel, pane) {
  const own = message.user === store.me && !message.bot_id;
  const shortcuts = messageShortcuts();
  const parent = message.thread_ts || message.ts;
  menu(anchor, [
    { label: "Add reaction…", icon: icon("smile", 16), run: () => pickEmoji(anchor, (name) => act("react", { channel, ts: message.ts, name })), data: { menu: "react" } },
    pane === "channel" && { label: "Reply in thread", icon: icon("thread", 16), run: () => openThread(channel, parent), data: { menu: "thread" } },
    { label: "Copy link", icon: icon("link", 16), run: () => copyLink(message, channel), data: { menu: "link" } },
    shortcuts.length > 0 && null,
    shortcuts.length > 0 && { heading: store.app.name },
    ...shortcuts.slice(0, SHOWN).map((s) => ({ label: s.name, icon: icon("bolt", 16), data: { menu: "shortcut", shortcut: s.callback_id }, run: () => runShortcut(s, message, channel) })),
    shortcuts.length > 0 && { label: "More message shortcuts…", icon: icon("dots", 16), run: () => allShortcuts(message, channel), data: { menu: "shortcuts" } },
    own && null,
    own && { label: "Edit message", icon: icon("pencil", 16), data: { menu: "edit" }, run: () => { ui.editing = { channel, ts: message.ts, pane }; redraw(); } },
    own && { label: "Delete message…", icon: icon("trash", 16), danger: true, data: { menu: "delete" }, run: () => remove(message, channel) },
  ], { label: `Actions for the message in ${nameOfChannel(channel)}`, kind: "message-menu" });
}
