// The dark bar: workspace, places, channels, direct messages, the app; and who is acting.
import { el, icon, iconButton } from "./dom.js";
import { act, appChannel, fullName, nameOfPerson, openDirect, person, store, ui } from "./state.js";
import { menu } from "./popovers.js";
import { personAvatar } from "./avatar.js";
import { unseen } from "./unread.js";

const isHere = (place) => ui.place.kind === place.kind && ui.place.channel === place.channel && (ui.place.tab || "") === (place.tab || "");

function item(href, label, mark, { here, unread = 0, mentions = 0, data = {}, muted = false }) {
  return el("a", { class: `side-item ${here ? "here" : ""} ${unread ? "unread" : ""} ${muted ? "muted" : ""}`, href, "aria-current": here ? "page" : null, data },
    el("span", { class: "side-mark" }, mark), el("span", { class: "side-label", text: label }),
    mentions > 0 && el("span", { class: "badge", "aria-label": `${mentions} unread mentions`, data: { badge: String(mentions) }, text: String(mentions) }));
}

function channelItem(channel) {
  return item(`#${channel.id}`, channel.name, icon(channel.private ? "lock" : "hash", 16), { here: isHere({ kind: "channel", channel: channel.id }),
    unread: channel.unread, mentions: channel.mentions, muted: channel.archived, data: { channel: channel.id, unread: String(channel.unread || 0) } });
}

function directItem(channel) {
  const who = person(channel.other);
  const label = nameOfPerson(channel.other) + (channel.other === store.me ? " (you)" : "");
  return item(`#${channel.id}`, label, el("span", { class: `side-face ${who?.active === false ? "" : "active"}` }, personAvatar(channel.other, 20)),
    { here: isHere({ kind: "channel", channel: channel.id }), unread: channel.unread, mentions: channel.unread, data: { channel: channel.id, unread: String(channel.unread || 0) } });
}

function section(title, items, action) {
  return el("section", { "aria-label": title }, el("div", { class: "side-title" }, el("span", { text: title }), action), items);
}

function startDirect(event) {
  const others = [...store.people.values()].filter((p) => !p.deleted && !p.is_bot && p.id !== store.app.bot_user_id);
  menu(event.currentTarget, [{ heading: "Write to" }, ...others.map((p) => ({ label: fullName(p.id), icon: personAvatar(p.id, 20), data: { person: p.id },
    run: async () => {
      const id = await openDirect(p.id);
      if (id) window.location.hash = id;
    } }))], { label: "Start a direct message" });
}

/** Set while the page goes from one person to another: nobody's client starts anew then, so nothing on it is lost. */
export const SWITCHED = "sandbox.switched";

/** Goes on as somebody else: the page is read anew as they see it. */
function actAs(id) {
  sessionStorage.setItem(SWITCHED, id);
  const url = new URL(window.location.href);
  url.searchParams.set("as", id);
  window.location.replace(url);
  if (url.href === window.location.href) window.location.reload();
}

function people(event) {
  const me = person(store.me);
  const all = [...store.people.values()].filter((p) => !p.deleted && !p.is_bot && p.id !== store.app.bot_user_id);
  menu(event.currentTarget, [{ heading: "Acting as" },
    ...all.map((p) => ({ label: fullName(p.id), chosen: p.id === store.me, hint: p.is_admin ? "Workspace admin" : undefined, icon: personAvatar(p.id, 24), data: { as: p.id }, run: () => actAs(p.id) })),
    null, { label: me?.active === false ? "Set yourself as active" : "Set yourself as away", icon: icon("eye", 16), data: { menu: "presence" }, run: () => act("set_active", { active: me?.active === false }) }],
  { label: "Acting as" });
}

function actingAs() {
  const me = person(store.me);
  return el("button", { type: "button", class: "acting", "aria-haspopup": "menu", "aria-label": `Acting as ${fullName(store.me)}. Change`, data: { actingAs: store.me }, on: { click: people } },
    el("span", { class: `side-face ${me?.active === false ? "" : "active"}` }, personAvatar(store.me, 32)),
    el("span", { class: "acting-words" }, el("small", { text: "Acting as" }), el("strong", { text: fullName(store.me) })), icon("down", 16));
}

/** Unread replies, or mentions, over all followed threads. */
const inThreads = (what) => store.threads.reduce((n, t) => n + (t[what] || 0), 0);

function appItems() {
  const dm = appChannel();
  const tab = store.app.home_tab === false ? "messages" : "home";
  return [item(`#app/${tab}`, store.app.name, el("span", { class: "side-face" }, personAvatar(store.app.bot_user_id, 20)),
    { here: ui.place.kind === "app", unread: dm?.unread, mentions: dm?.unread, data: { app: store.app.name } })];
}

let drawnAs = "";

/** Draws the whole bar, if anything in it has changed. */
export function drawSidebar(bar) {
  const fresh = unseen().length;
  const mark = JSON.stringify([ui.place, fresh, inThreads("unread"), inThreads("mentions"), store.connected, store.peopleVersion, [...store.channels.values()]]);
  if (mark === drawnAs) return;
  drawnAs = mark;
  const scrolled = bar.querySelector(".side-scroll")?.scrollTop || 0;
  const focused = bar.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const channels = [...store.channels.values()];
  const rooms = channels.filter((c) => !c.is_im && (c.members || []).includes(store.me)).sort((a, b) => a.name.localeCompare(b.name));
  const others = channels.filter((c) => !c.is_im && !(c.members || []).includes(store.me)).sort((a, b) => a.name.localeCompare(b.name));
  const directs = channels.filter((c) => c.is_im && c.other !== store.app.bot_user_id);
  const scroll = el("div", { class: "side-scroll" },
    el("section", { "aria-label": "Places" },
      item("#threads", "Threads", icon("thread", 16), { here: isHere({ kind: "threads" }), unread: inThreads("unread"), mentions: inThreads("mentions"), data: { place: "threads" } }),
      item("#activity", "Activity", icon("bell", 16), { here: isHere({ kind: "activity" }), unread: fresh, mentions: fresh, data: { place: "activity" } })),
    section("Channels", rooms.map(channelItem)),
    others.length > 0 && section("Other channels", others.map(channelItem)),
    section("Direct messages", directs.map(directItem), iconButton("plus", "Write to someone", startDirect, { class: "side-plus", size: 14, "aria-haspopup": "menu" })),
    section("Apps", appItems()));
  bar.replaceChildren(el("header", { class: "side-head" }, el("span", { class: "team-mark", text: (store.team.name || "W").slice(0, 1) }), el("strong", { text: store.team.name || "Workspace" }),
    el("span", { class: `link-state ${store.connected ? "" : "off"}`, role: "img", "aria-label": store.connected ? "Connected" : "Reconnecting", title: store.connected ? "Connected" : "Reconnecting…" })),
  scroll, actingAs());
  scroll.scrollTop = scrolled;
  if (focused) bar.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
