// The app's own place: its Home, the direct messages with it, what it is.
import { el } from "./dom.js";
import { blockNodes } from "./blocks.js";
import { viewContext } from "./context.js";
import { act, appChannel, openDirect, store, ui } from "./state.js";
import { personAvatar } from "./avatar.js";

let drawn = { mark: "", node: null };

function homeView() {
  const view = store.home;
  if (!view?.blocks?.length) {
    return el("div", { class: "empty-home", data: { home: "empty" } }, personAvatar(store.app.bot_user_id, 64), el("h2", { text: store.app.name }),
      el("p", { text: "This is a work in progress: the app hasn't drawn its Home for you yet." }));
  }
  return el("div", { class: "home-view", data: { home: "view", viewId: "home", callbackId: view.callback_id } }, blockNodes(view.blocks, viewContext(view, "home")));
}

/** The Home, drawn again only when the app published another one. */
export function homeNode() {
  const mark = JSON.stringify([store.home, store.peopleVersion]);
  if (drawn.mark !== mark) {
    const focused = drawn.node?.contains(document.activeElement) ? document.activeElement.dataset.actionId : null;
    drawn = { mark, node: homeView() };
    if (focused) queueMicrotask(() => drawn.node.querySelector(`[data-action-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true }));
  }
  return drawn.node;
}

/** What the About tab says. */
export function aboutNode() {
  const rows = store.app.commands.map((c) => el("li", {}, el("code", { text: `${c.command} ${c.usage_hint || ""}`.trim() }), el("span", { text: c.description || "" })));
  return el("div", { class: "about" }, personAvatar(store.app.bot_user_id, 64), el("h2", { text: store.app.name }), el("p", { text: store.app.description || "" }),
    rows.length > 0 && el("h3", { text: "Commands" }), el("ul", {}, rows));
}

/** Tells the app that somebody looks at its Home, or at its messages. */
export const opened = (tab) => act("open_home", { tab }, { quiet: true });

/** Makes sure there is a conversation with the app. */
export const ensureMessages = () => (appChannel() ? Promise.resolve() : openDirect(store.app.bot_user_id));

/** The tabs of the app's place. */
export function tabs() {
  const all = [["home", "Home", store.app.home_tab !== false], ["messages", "Messages", store.app.messages_tab !== false], ["about", "About", true]];
  return el("div", { class: "tabs", role: "tablist" }, all.filter(([, , on]) => on).map(([tab, label]) =>
    el("a", { role: "tab", href: `#app/${tab}`, class: ui.place.tab === tab ? "here" : "", "aria-selected": String(ui.place.tab === tab), data: { tab }, text: label })));
}
