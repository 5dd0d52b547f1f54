// Requests to the server. Failures become a banner with what to do next; no promise stays without an answer.
import { byId } from "./text.js";

let again = null;

/// The banner of a failure, with an action that repeats what failed; null hides it.
export function banner(text, retry = null) {
  const box = byId("banner");
  if (!box) return;
  box.hidden = !text;
  byId("banner-text").textContent = text ?? "";
  byId("banner-retry").hidden = !retry;
  again = retry;
}

export function prepareBanner() {
  byId("banner-retry").addEventListener("click", () => {
    const retry = again;
    banner(null);
    retry?.();
  });
  addEventListener("unhandledrejection", event => {
    event.preventDefault();
    banner(`The page failed: ${event.reason?.message ?? event.reason}`, () => location.reload());
  });
}

/// The answer of the server, or an error with its words. What boot.js has asked before is not asked again.
export async function ask(path, options) {
  let answer;
  const begun = globalThis.begun?.get(path);
  globalThis.begun?.delete(path);
  try {
    answer = await (begun ?? fetch(path, options));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("No connection to the server. Is gpsindex serve still running?", 0);
  }
  if (answer.ok) return answer;
  let text = `The server answered with status ${answer.status}.`, code = "";
  try {
    const told = await answer.json();
    text = told.description ?? text;
    code = told.code;
  } catch { /* The status must do. */ }
  if (code === "LinkRefused") endPage(text);
  else if (answer.status === 401) text = "The server wants its token: open the address that gpsindex serve printed.";
  throw new Refusal(text, answer.status);
}

/// The link of the page has ended: one sentence in place of what it showed.
export function endPage(text) {
  if (!document.body.classList.contains("signin")) {
    document.body.className = "signin";
    const say = document.createElement("p");
    say.id = "say";
    say.setAttribute("role", "alert");
    document.body.replaceChildren(say);
  }
  byId("say").textContent = text;
}

export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export const askJSON = async (path, options) => (await ask(path, options)).json();
