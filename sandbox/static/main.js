// Puts the parts together: where the person is, what is drawn, what has been read.
import { el, count, icon, iconButton } from "./dom.js";
import { refreshDates } from "./dates.js";
import { act, appChannel, isReply, live, load, messageAt, messagesIn, nameOfChannel, nameOfPerson, on, redraw, repliesTo, store, ui } from "./state.js";
import { Pane } from "./panes.js";
import { composer } from "./composer.js";
import { drawSidebar, SWITCHED } from "./sidebar.js";
import { drawModals } from "./modals.js";
import { aboutNode, ensureMessages, homeNode, opened, tabs } from "./apphome.js";
import { activityNode, hrefOf, placeName, threadsNode, writerOf } from "./activity.js";
import { channelMenu, joinBar } from "./channelmenu.js";
import { intro } from "./intro.js";
import { personAvatar } from "./avatar.js";
import { permalink, plainLine } from "./mrkdwn.js";
import { toast } from "./toasts.js";
import { threadRead } from "./threads.js";
import { firstUnread, sawAll } from "./unread.js";

const page = document.getElementById("workspace");
const main = document.getElementById("main");
const side = document.getElementById("thread");
const FALLBACK = "U0ANA00001";
const DATES_EVERY = 10_000;
const MESSAGE_COMES = 120;

let mainPane = null;
let threadPane = null;
let wanted = null;
const unreadFrom = new Map();

const toSide = () => { ui.screen = "side"; redraw(); };
const backButton = (label, go) => iconButton("back", label, go, { class: "back", size: 20, data: { back: "" } });

/** Reads the address: #C…  #C…/thread  #C…/thread/message  #C…/-/message  #app/home  #threads  #activity */
function route() {
  const [first, second, third] = decodeURIComponent(window.location.hash.slice(1)).split("/");
  const known = store.channels.get(first);
  const before = JSON.stringify(ui.place);
  if (first === "app") ui.place = { kind: "app", tab: second || "home" };
  else if (first === "threads" || first === "activity") ui.place = { kind: first };
  else if (known?.is_im && known.other === store.app.bot_user_id) ui.place = { kind: "app", tab: "messages" };
  else if (known) ui.place = { kind: "channel", channel: first };
  else if (ui.place.kind === "none") ui.place = { kind: "channel", channel: firstChannel() };
  ui.thread = known && second && second !== "-" ? { channel: first, ts: second } : null;
  wanted = third || null;
  if (first || ui.place.kind !== "none") ui.screen = first ? "main" : ui.screen;
  if (JSON.stringify(ui.place) !== before) arrive();
  redraw();
}

function firstChannel() {
  const mine = [...store.channels.values()].filter((c) => !c.is_im && (c.members || []).includes(store.me));
  return (mine.find((c) => c.id === "C0SUPPORT1") || mine[0] || [...store.channels.values()][0])?.id;
}

function arrive() {
  ui.editing = null;
  const { place } = ui;
  if (place.kind === "app") { if (place.tab !== "about") opened(place.tab); if (place.tab === "messages") ensureMessages(); }
  const channel = placeChannel();
  if (channel) noteUnread(channel);
}

const placeChannel = () => (ui.place.kind === "channel" ? ui.place.channel : ui.place.kind === "app" && ui.place.tab === "messages" ? appChannel()?.id : null);

/** Remembers which message was the first unread one when the person came to the channel. */
const noteUnread = (id) => unreadFrom.set(id, firstUnread(id));

const byTime = (a, b) => (a.ts < b.ts ? -1 : 1);
const timeline = (id) => [...messagesIn(id).filter((m) => !isReply(m) || m.subtype === "thread_broadcast"),
  ...store.ephemerals.filter((e) => e.channel === id && !isReply(e))].sort(byTime);
const conversation = (id, ts) => [messageAt(id, ts), ...repliesTo(id, ts),
  ...store.ephemerals.filter((e) => e.channel === id && e.thread_ts === ts && e.ts !== ts)].filter(Boolean).sort(byTime);

const lastRead = new Map();

function read(channel, newest, thread) {
  const key = `${channel}:${thread || ""}`;
  if (!newest || document.visibilityState !== "visible" || lastRead.get(key) === newest) return;
  lastRead.set(key, newest);
  if (thread) threadRead(channel, thread);
  else Object.assign(store.channels.get(channel), { unread: 0, mentions: 0 });
  act("mark_read", { channel, ts: newest, ...(thread ? { thread_ts: thread } : {}) }, { quiet: true });
  redraw();
}

function makePane(id, kind, thread) {
  const pane = new Pane(id, kind);
  const form = composer(id, thread);
  pane.foot = el("footer", { class: "pane-foot" }, form);
  form.addEventListener("sent", () => { if (kind === "channel") unreadFrom.set(id, null); pane.toEnd(); });
  return pane;
}

function channelHead(id) {
  const channel = store.channels.get(id);
  const mark = channel.is_im ? personAvatar(channel.other, 24) : icon(channel.private ? "lock" : "hash", 18);
  const members = (channel.members || []).length;
  return [backButton("Back to the list", toSide), el("h1", {}, mark, el("span", { text: nameOfChannel(id) })),
    !channel.is_im && !channel.outside && el("button", { type: "button", class: "members", "aria-haspopup": "menu", "aria-label": `${count(members, "member")}. Channel settings`, data: { channelMenu: id },
      on: { click: (event) => channelMenu(event.currentTarget, channel) } }, el("span", { class: "faces" }, (channel.members || []).slice(0, 3).map((m) => personAvatar(m, 22))), el("span", { text: String(members) }))];
}

function drawChannel(id) {
  if (mainPane?.channel !== id) mainPane = makePane(id, "channel", null);
  const shown = timeline(id);
  mainPane.draw(shown, { unreadFrom: unreadFrom.get(id), intro: () => intro(store.channels.get(id)) });
  const channel = store.channels.get(id);
  const writable = !channel.archived && !channel.outside && !(store.app.messages_read_only && channel.other === store.app.bot_user_id);
  mainPane.onEnd = () => read(id, shown.findLast((m) => !m.ephemeral)?.ts);
  if (mainPane.stuck && channel.unread) mainPane.onEnd();
  return [mainPane.node, writable ? mainPane.foot : barOf(mainPane, channel)];
}

function barOf(pane, channel) {
  const mark = JSON.stringify([channel.archived, channel.outside, channel.name]);
  if (pane.bar?.mark !== mark) pane.bar = { mark, node: joinBar(channel) };
  return pane.bar.node;
}

const PLACES = {
  channel: ({ channel }) => (store.channels.has(channel) ? { key: channel, head: channelHead(channel), body: drawChannel(channel) } : PLACES.none()),
  app: ({ tab }) => ({ key: `app-${tab}`, head: [backButton("Back to the list", toSide), el("h1", {}, personAvatar(store.app.bot_user_id, 24), el("span", { text: store.app.name })), tabs()], body: appBody(tab) }),
  threads: () => ({ key: "threads", head: [backButton("Back to the list", toSide), el("h1", {}, icon("thread", 18), el("span", { text: "Threads" }))], body: [el("div", { class: "scroller" }, threadsNode())] }),
  activity: () => ({ key: "activity", head: [backButton("Back to the list", toSide), el("h1", {}, icon("bell", 18), el("span", { text: "Activity" }))], body: [el("div", { class: "scroller" }, activityNode())] }),
  none: () => ({ key: "none", head: [backButton("Back to the list", toSide)], body: [el("div", { class: "empty-note" }, el("p", { text: "Choose a channel." }))] }),
};

let homeScroller = null;

function appBody(tab) {
  if (tab === "about") return [el("div", { class: "scroller" }, aboutNode())];
  if (tab === "messages") return appChannel() ? drawChannel(appChannel().id) : [el("div", { class: "empty-note" }, el("p", { text: "Opening the conversation…" }))];
  homeScroller ||= el("div", { class: "scroller home", data: { homeScroller: "" } });
  if (homeScroller.firstChild !== homeNode()) homeScroller.replaceChildren(homeNode());
  return [homeScroller];
}

/** Puts `nodes` into `holder`. One that stands there already is not moved: moving would lose where it is scrolled to. */
function fill(holder, nodes) {
  [...holder.children].filter((child) => !nodes.includes(child)).forEach((child) => child.remove());
  nodes.forEach((node, i) => { if (holder.children[i] !== node) holder.insertBefore(node, holder.children[i] || null); });
}

const heads = new Map();

/** A pane's head, made anew only when it would look different. */
function headNode(where, mark, nodes) {
  const known = heads.get(where);
  if (known?.mark === mark) return known.node;
  const node = el("header", { class: "pane-head" }, nodes());
  heads.set(where, { mark, node });
  return node;
}

const markOf = (key, more = null) => JSON.stringify([key, more, store.peopleVersion, [...store.channels.values()].map((c) => [c.id, c.name, c.members])]);

function drawThread() {
  const open = ui.thread;
  side.hidden = !open;
  page.classList.toggle("with-thread", Boolean(open));
  if (!open) { threadPane = null; side.replaceChildren(); return; }
  const { channel, ts } = open;
  let opening = false;
  if (threadPane?.channel !== channel || threadPane?.parent !== ts) {
    threadPane = makePane(channel, "thread", ts);
    threadPane.parent = ts;
    threadPane.stuck = !wanted;
    opening = true;
  }
  const shown = conversation(channel, ts);
  const replies = shown.filter((m) => m.ts !== ts && !m.ephemeral).length;
  threadPane.draw(shown, { between: shown.length > 1 ? () => el("div", { class: "replies-line" }, el("span", { text: replies ? count(replies, "reply", "replies") : "" })) : null });
  threadPane.onEnd = () => read(channel, shown.findLast((m) => !m.ephemeral)?.ts, ts);
  threadPane.onEnd();
  side.dataset.thread = ts;
  fill(side, [headNode("thread", markOf(`${channel}/${ts}`), () => [backButton("Back to the channel", closeThread),
    el("h2", {}, el("span", { text: "Thread" }), el("small", { text: store.channels.get(channel)?.is_im ? nameOfPerson(store.channels.get(channel).other) : `#${nameOfChannel(channel)}` })),
    iconButton("close", "Close the thread", closeThread, { class: "thread-close", size: 18 })]), threadPane.node, threadPane.foot]);
  if (threadPane.stuck) threadPane.toEnd();
  // Whoever opens a thread goes on writing in it; on a phone the keyboard would cover it.
  if (opening && !window.matchMedia("(pointer: coarse)").matches) threadPane.foot.querySelector("textarea")?.focus({ preventScroll: true });
}

function closeThread() {
  const place = ui.place.kind === "app" ? `app/${ui.place.tab}` : ui.place.kind === "channel" ? ui.place.channel : ui.place.kind;
  window.location.hash = place;
}

function draw() {
  page.dataset.screen = ui.screen;
  if (ui.place.kind === "activity" && document.visibilityState === "visible") sawAll();
  drawSidebar(document.getElementById("sidebar"));
  const place = (PLACES[ui.place.kind] || PLACES.none)(ui.place);
  main.dataset.place = place.key;
  const changing = main.dataset.drawn !== place.key;
  main.dataset.drawn = place.key;
  fill(main, [headNode("main", markOf(place.key), () => place.head), ...place.body]);
  if (changing && mainPane?.node.isConnected && mainPane.stuck) mainPane.toEnd();
  drawThread();
  drawModals(document.getElementById("modals"));
  const total = [...store.channels.values()].reduce((n, c) => n + (c.is_im ? c.unread || 0 : c.mentions || 0), 0) + store.threads.reduce((n, t) => n + (t.mentions || 0), 0);
  document.title = `${total ? `(${total}) ` : ""}${nameOfPlace()} · ${store.team.name || "Workspace"}`;
  if (wanted && ((ui.thread && threadPane?.show(wanted)) || mainPane?.show(wanted))) wanted = null;
}

const nameOfPlace = () => (ui.place.kind === "channel" ? nameOfChannel(ui.place.channel) : ui.place.kind === "app" ? store.app.name : ui.place.kind);

function notified(n) {
  const looking = (n.thread_ts && ui.thread?.ts === n.thread_ts) || (!n.thread_ts && placeChannel() === n.channel);
  if (looking && document.visibilityState === "visible") return;
  // The message itself comes a moment after its notification, and with it who wrote it.
  const show = () => toast(plainLine(n.text), "notice", { title: `${writerOf(n)} in ${placeName(n)}`, open: () => { window.location.hash = hrefOf(n); } });
  setTimeout(show, MESSAGE_COMES);
}

/** Opens a message of this workspace that a link points to. */
function openLink({ channel, ts, thread }) {
  const parent = thread || messageAt(channel, ts)?.thread_ts || ts;
  window.location.hash = `${channel}/${parent}${parent === ts ? "" : `/${ts}`}`;
}

async function start() {
  const url = new URL(window.location.href);
  const as = url.searchParams.get("as") || localStorage.getItem("sandbox.as") || FALLBACK;
  url.searchParams.set("as", as);
  window.history.replaceState(null, "", url);
  localStorage.setItem("sandbox.as", as);
  store.me = as;
  if (!sessionStorage.getItem(SWITCHED)) await act("reload", {}, { quiet: true });
  sessionStorage.removeItem(SWITCHED);
  try {
    await load(as);
  } catch (error) {
    localStorage.removeItem("sandbox.as");
    main.replaceChildren(el("div", { class: "empty-note" }, el("p", { text: `The workspace can't be shown. ${error.message}` })));
    return;
  }
  on("draw", draw);
  on("notification", notified);
  on("open", openLink);
  const linked = permalink(url.pathname + url.search);
  if (linked) { window.history.replaceState(null, "", `/?as=${as}`); openLink(linked); }
  window.addEventListener("hashchange", route);
  document.addEventListener("visibilitychange", () => { lastRead.clear(); redraw(); });
  setInterval(refreshDates, DATES_EVERY);
  route();
  live(as);
  document.body.dataset.ready = "true";
}

start();
