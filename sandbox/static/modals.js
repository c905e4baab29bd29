// The stack of modals the app has opened; the top one is shown.
import { el, iconButton } from "./dom.js";
import { act, local, on, redraw, store } from "./state.js";
import { textObject } from "./mrkdwn.js";
import { blockNodes } from "./blocks.js";
import { plain, viewContext } from "./context.js";
import { closePopover, trapFocus } from "./popovers.js";

const contexts = new Map();
let drawn = { id: null, mark: "", node: null };
let before = null;

function contextOf(view) {
  if (!contexts.has(view.id)) contexts.set(view.id, viewContext(view));
  return contexts.get(view.id);
}

const INITIAL = ["initial_value", "initial_option", "initial_options", "initial_user", "initial_users", "initial_channel", "initial_channels",
  "initial_conversation", "initial_conversations", "initial_date", "initial_time"];

/** What an input holds now: what was typed here, else what the app put there, else null. */
function held(block, context) {
  const element = block.element;
  if (context.has(block, element)) return plain(context.get(block, element));
  const name = INITIAL.find((key) => element[key] !== undefined);
  return name ? plain(element[name]) : null;
}

const empty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

async function submit(view) {
  const context = contextOf(view);
  const inputs = (view.blocks || []).filter((b) => b.type === "input" && b.element);
  const values = {};
  const errors = {};
  for (const block of inputs) {
    const value = held(block, context);
    if (empty(value) && !block.optional) errors[block.block_id] = "Please complete this required field.";
    if (!empty(value)) (values[block.block_id] ||= {})[block.element.action_id] = value;
  }
  context.errors = errors;
  if (!Object.keys(errors).length) {
    await context.settled();
    context.busy = true;
    redraw();
    const answer = await act("submit", { view_id: view.id, values }, { quiet: true });
    context.busy = false;
    context.errors = answer.errors || {};
    if (!answer.ok && !answer.errors) context.errors = { "": answer.words || "The app didn't answer. Try again." };
  }
  redraw();
  requestAnimationFrame(() => drawn.node?.querySelector(".field-error")?.scrollIntoView({ block: "nearest" }));
}

// An app that does not answer to a closed view is no news to the person who closed it.
const close = (view) => act("close_view", { view_id: view.id }, { quiet: true });

function build(view, context, depth) {
  const wrong = context.errors[""];
  const body = el("form", { class: "dialog-body view-body", on: { submit: (event) => { event.preventDefault(); submit(view); } } },
    wrong && el("p", { class: "field-error", role: "alert", text: wrong }), blockNodes(view.blocks, context));
  const buttons = el("div", { class: "dialog-buttons" },
    el("button", { type: "button", class: "button", data: { viewClose: view.id }, on: { click: () => close(view) } }, view.close ? textObject(view.close) : view.submit ? "Cancel" : "Close"),
    view.submit && el("button", { type: "button", class: "button solid primary", "aria-busy": context.busy ? "true" : null, data: { viewSubmit: view.id }, on: { click: () => submit(view) } }, textObject(view.submit)));
  const dialog = el("div", { class: "dialog modal", role: "dialog", "aria-modal": "true", "aria-labelledby": `title-${view.id}`,
    data: { viewId: view.id, callbackId: view.callback_id, depth: String(depth) } },
  el("header", { class: "dialog-head" }, el("span", { class: "app-mark", "aria-hidden": "true", text: store.app.name.slice(0, 1) }), el("h2", { id: `title-${view.id}` }, textObject(view.title)),
    iconButton("close", "Close", () => close(view))), body, buttons);
  const overlay = el("div", { class: "overlay" }, dialog);
  overlay.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(view); }
  });
  trapFocus(dialog);
  return overlay;
}

function focusFirst(node) {
  (node.querySelector(".view-body input, .view-body textarea, .view-body .select") || node.querySelector("[data-view-submit], [data-view-close]"))?.focus();
}

function restore(node, scrolled, action, caret) {
  node.querySelector(".view-body").scrollTop = scrolled;
  const again = action && node.querySelector(`[data-action-id="${CSS.escape(action)}"]`);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (caret !== null && again.setSelectionRange && /text|search|url/.test(again.type)) again.setSelectionRange(caret, caret);
}

let leftOver = null;

/** A modal belongs to the page it was opened in: those open before this page was loaded are not shown. */
function shown() {
  leftOver ||= new Set(store.views.map((v) => v.id));
  return store.views.filter((v) => !leftOver.has(v.id));
}

/** Shows the top of the stack, and nothing when it is empty. */
export function drawModals(holder) {
  const stack = shown();
  const view = stack.at(-1);
  if (!view) {
    if (drawn.node) { holder.replaceChildren(); closePopover(); if (before?.isConnected) before.focus(); }
    contexts.clear();
    for (const key of local.keys()) if (key.startsWith('["view:')) local.delete(key);
    drawn = { id: null, mark: "", node: null };
    return;
  }
  const context = contextOf(view);
  const mark = JSON.stringify([view, context.errors, context.busy, stack.length]);
  if (drawn.mark === mark) return;
  const active = drawn.node?.contains(document.activeElement) ? document.activeElement : null;
  const scrolled = drawn.node?.querySelector(".view-body")?.scrollTop || 0;
  const same = drawn.id === view.id;
  if (!drawn.node) before = document.activeElement;
  const node = build(view, context, stack.length);
  const caret = active?.selectionStart ?? null;
  holder.replaceChildren(node);
  if (same) restore(node, scrolled, active?.dataset.actionId, caret);
  if (!same || !node.contains(document.activeElement)) focusFirst(node);
  drawn = { id: view.id, mark, node };
}

on("submit-view", (place) => {
  const view = shown().at(-1);
  if (view && place === `view:${view.id}` && view.submit) submit(view);
});
