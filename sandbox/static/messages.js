// One message as a row: who, when, what, and what can be done with it.
import { count, el, icon, iconButton } from "./dom.js";
import { emojiNode, mrkdwn } from "./mrkdwn.js";
import { clock, dateNode, fullTime } from "./dates.js";
import { act, isReply, messageAt, nameOfPerson, person, redraw, repliesTo, store, ui } from "./state.js";
import { attachmentNodes, fileNodes } from "./files.js";
import { blockNodes, interactive } from "./blocks.js";
import { messageContext } from "./context.js";
import { messageAvatar, personAvatar } from "./avatar.js";
import { pickEmoji, messageMenu, openThread } from "./messagemenu.js";
import { editor } from "./composer.js";
import { threadUnread } from "./threads.js";

const GROUP_SECONDS = 300;
const SYSTEM = {
  channel_join: "joined the channel", group_join: "joined the channel", channel_leave: "left the channel", group_leave: "left the channel",
  channel_archive: "archived the channel", channel_unarchive: "brought the channel back", channel_name: "renamed the channel",
  channel_topic: "set the topic", channel_purpose: "set the description",
};

const isOwn = (message) => message.user === store.me && !message.bot_id && !message.ephemeral;
const isApp = (message) => Boolean(message.bot_id || message.username || message.user === store.app.bot_user_id);

/** The name a message is shown under. */
export function authorName(message) {
  if (message.username) return message.username;
  return message.user && (person(message.user) || !message.bot_id) ? nameOfPerson(message.user) : message.bot_profile?.name || store.app.name;
}

const hasActions = (message) => interactive(message.blocks);

/** Whether `message` stands directly below `before` without repeating the name. */
export function continues(message, before) {
  return Boolean(before) && authorName(before) === authorName(message) && before.user === message.user && !SYSTEM[before.subtype]
    && !SYSTEM[message.subtype] && !before.ephemeral && !message.ephemeral && message.subtype !== "thread_broadcast"
    && before.subtype !== "tombstone" && !hasActions(message) && !hasActions(before) && Number(message.ts) - Number(before.ts) < GROUP_SECONDS;
}

function heading(message) {
  return el("div", { class: "message-head" }, el("strong", { class: "author", text: authorName(message) }),
    isApp(message) && el("span", { class: "badge-app", text: "APP" }),
    el("time", { class: "when", title: fullTime(message.ts), text: clock(message.ts) }));
}

function words(message, context) {
  if (message.subtype === "tombstone") return [el("div", { class: "tombstone" }, icon("trash", 16), "This message was deleted.")];
  const blocks = message.blocks?.length ? blockNodes(message.blocks, context) : [];
  const text = !blocks.length && message.text ? [el("div", { class: `mrkdwn words ${message.subtype === "me_message" ? "me-message" : ""}` }, mrkdwn(message.text))] : [];
  const edited = message.edited && (isOwn(message) || !isApp(message)) && el("span", { class: "edited", text: "(edited)" });
  return [...text, ...blocks, edited];
}

function reaction(message, channel, { name, count: total, users = [] }) {
  const mine = users.includes(store.me);
  const who = users.map((id) => (id === store.me ? "You" : nameOfPerson(id))).join(", ");
  const press = () => act(mine ? "unreact" : "react", { channel, ts: message.ts, name });
  return el("button", { type: "button", class: `reaction ${mine ? "mine" : ""}`, title: `${who} reacted with :${name}:`, "aria-pressed": String(mine),
    "aria-label": `${total || users.length} reacted with ${name}`, data: { reaction: name }, on: { click: press } },
  emojiNode(name), el("span", { text: String(total || users.length) }));
}

function reactions(message, channel) {
  if (!message.reactions?.length) return null;
  const add = iconButton("smile", "Add reaction", (event) => pickEmoji(event.currentTarget, (name) => act("react", { channel, ts: message.ts, name })),
    { class: "reaction add", size: 15 });
  return el("div", { class: "reactions" }, message.reactions.map((r) => reaction(message, channel, r)), add);
}

function threadLine(message, channel) {
  const replies = repliesTo(channel, message.ts);
  const total = Math.max(replies.length, message.reply_count || 0);
  if (!total) return null;
  const writers = [...new Map(replies.map((r) => [r.username || r.user || r.bot_id, r])).values()].slice(-4);
  const last = message.latest_reply || replies.at(-1)?.ts;
  const unread = threadUnread(channel, message.ts);
  return el("button", { type: "button", class: `thread-line ${unread ? "unread" : ""}`, data: { openThread: message.ts }, on: { click: () => openThread(channel, message.ts) } },
    el("span", { class: "thread-faces" }, writers.map((r) => messageAvatar(r, 22))), el("span", { class: "thread-count", text: count(total, "reply", "replies") }),
    el("span", { class: "thread-last" }, last && dateNode(last, "Last reply {ago}", "")));
}

function toolbar(message, channel, pane) {
  if (message.subtype === "tombstone") return null;
  const here = { class: "tool", size: 17 };
  if (message.ephemeral) return null;
  return el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    iconButton("smile", "Add reaction", (event) => pickEmoji(event.currentTarget, (name) => act("react", { channel, ts: message.ts, name })), { ...here, data: { tool: "react" } }),
    pane === "channel" && iconButton("thread", "Reply in thread", () => openThread(channel, message.thread_ts || message.ts), { ...here, data: { tool: "thread" } }),
    iconButton("dots", "More actions", (event) => messageMenu(event.currentTarget, message, channel, pane), { ...here, class: "tool more", "aria-haspopup": "menu", data: { tool: "more" } }));
}

function origin(message, channel, pane) {
  if (message.subtype !== "thread_broadcast" || pane !== "channel") return pane === "thread" && message.subtype === "thread_broadcast" ? el("div", { class: "origin", text: "Also sent to the channel" }) : null;
  const root = messageAt(channel, message.thread_ts);
  return el("div", { class: "origin" }, "replied to a thread: ", el("button", { type: "button", class: "link-button",
    text: root ? (root.text || "message").slice(0, 90) : "thread", on: { click: () => openThread(channel, message.thread_ts) } }));
}

function systemRow(message) {
  return el("article", { class: "message system", data: { ts: message.ts, user: message.user } }, personAvatar(message.user, 20),
    el("p", {}, el("strong", { text: nameOfPerson(message.user) }), ` ${SYSTEM[message.subtype]}`, el("time", { class: "when", text: clock(message.ts) })));
}

/** Everything that changes how a row looks, as one string. */
export function signature(message, channel, { joined, pane }) {
  const editing = ui.editing?.ts === message.ts && ui.editing.channel === channel && ui.editing.pane === pane;
  const replies = pane === "channel" && !isReply(message) ? repliesTo(channel, message.ts) : [];
  const thread = [replies.length, replies.at(-1)?.ts, threadUnread(channel, message.ts)];
  return JSON.stringify([message, joined, editing, store.peopleVersion, thread]);
}

/** A message as a row of `pane` ("channel" or "thread"). */
export function messageRow(message, channel, { joined = false, pane = "channel" } = {}) {
  if (SYSTEM[message.subtype] && message.user) return systemRow(message);
  const context = messageContext(message, channel);
  const editing = ui.editing?.ts === message.ts && ui.editing.channel === channel && ui.editing.pane === pane;
  const body = editing ? [editor(message, channel, () => { ui.editing = null; redraw(); })]
    : [...words(message, context), ...fileNodes(message.files), ...attachmentNodes(message.attachments, context)];
  const side = joined ? el("time", { class: "side-time", title: fullTime(message.ts), text: clock(message.ts) }) : messageAvatar(message);
  const node = el("article", { class: `message ${joined ? "joined" : ""} ${message.ephemeral ? "ephemeral" : ""} ${editing ? "editing" : ""}`, tabindex: 0,
    "aria-label": `${authorName(message)}, ${clock(message.ts)}`,
    data: { ts: message.ts, channel, user: message.user, author: authorName(message), ephemeral: message.ephemeral ? "true" : undefined } },
  el("div", { class: "message-side" }, side),
  el("div", { class: "message-main" },
    message.ephemeral && !joined && el("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
    !joined && heading(message), origin(message, channel, pane),
    el("div", { class: "message-body" }, body.filter(Boolean)), reactions(message, channel), pane === "channel" && !isReply(message) && threadLine(message, channel)),
  toolbar(message, channel, pane));
  node.addEventListener("keydown", (event) => {
    if (event.target !== node || event.key !== "Enter") return;
    event.preventDefault();
    node.querySelector(".tool.more")?.click();
  });
  return node;
}
