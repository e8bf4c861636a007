/*!
 * kanmon.js: what a job board embeds. It renders nothing. docs/kanmon-js.md
 *
 * - form[data-consent]: as it is sent, the SHA-256 of the words that the person could read in the policy element
 *   ([data-policy-id]) goes along in its field kanmon_text_sha256.
 * - renderings: as a policy element comes into view, the hash of its words is reported, whether or not anybody answers; of whom,
 *   stands nowhere.
 * - events: kept in the browser and sent again until the board has acknowledged them.
 */
(() => {
  "use strict";
  const TINY_PX = 9, CONTRAST = 3;
  const NO_WORDS = new Set(["SCRIPT", "STYLE", "TEMPLATE", "TITLE"]);
  // A <noscript> holds words only where no script runs: the crawler looks so too.
  const RUNS_SCRIPT = (noscript) => !noscript.firstElementChild && getComputedStyle(noscript).display === "none";
  // What Python's \s stands for, so that both sides hash the same words.
  const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

  // ---- What a person can read. The crawler judges pages by the same rules (reviews/screens/files/policy_words.js); what covers words
  // is its own to find, since that needs scrolling the person's page.
  let ink = null;
  const colours = new Map();
  const colour = (css) => {
    if (!ink) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 1;
      ink = canvas.getContext("2d", { willReadFrequently: true });
    }
    if (!colours.has(css)) {
      ink.clearRect(0, 0, 1, 1);
      ink.fillStyle = css;
      ink.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
      colours.set(css, [r, g, b, a / 255]);
    }
    return colours.get(css);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const ancestors = function* (element) {
    for (let at = element; at; at = at.parentElement) yield at;
  };
  const boxOf = (element) => {
    for (const at of ancestors(element)) if (getComputedStyle(at).display !== "contents") return at;
    return element;
  };
  const inheritedOf = (element) => {  // opacity, scale, blur and ground of an element and all around it
    let opacity = 1, scale = 1, isBlurred = false;
    const grounds = [];
    for (const at of ancestors(element)) {
      const style = getComputedStyle(at);
      opacity *= Number(style.opacity);
      isBlurred ||= /blur|opacity\(/.test(style.filter);
      grounds.unshift(colour(style.backgroundColor));
      if (style.transform !== "none") {
        const { a, b, c, d } = new DOMMatrixReadOnly(style.transform);
        scale *= Math.min(Math.hypot(a, b), Math.hypot(c, d));
      }
    }
    return { opacity, scale, isBlurred, ground: grounds.reduce((below, layer) => over(layer, below), [255, 255, 255]) };
  };
  const isCutOff = (element, rect) => {
    let { left, right, top, bottom } = rect;
    const line = Math.min(bottom - top, TINY_PX);
    for (let at = boxOf(element); at && at !== document.body && at !== document.documentElement; at = at.parentElement) {
      const style = getComputedStyle(at), box = at.getBoundingClientRect();
      if (style.display === "inline" || style.display === "contents") continue;
      const scrolls = (overflow) => overflow === "auto" || overflow === "scroll";
      const across = style.overflowX !== "visible", down = style.overflowY !== "visible";
      if (across && scrolls(style.overflowX)) [left, right] = [box.left, box.right];
      if (down && scrolls(style.overflowY)) [top, bottom] = [box.top, box.bottom];
      if (across && (Math.min(right, box.right) - Math.max(left, box.left) < (right - left) * 0.9 || box.width < line)) return true;
      if (down && (Math.min(bottom, box.bottom) - Math.max(top, box.top) < (bottom - top) * 0.6 || box.height < line)) return true;
    }
    return false;
  };
  const isOffScreen = (rect) => {
    const root = document.scrollingElement;
    return rect.right + scrollX <= 0 || rect.bottom + scrollY <= 0 ||
      rect.left + scrollX >= Math.max(root.scrollWidth, innerWidth) || rect.top + scrollY >= Math.max(root.scrollHeight, innerHeight);
  };
  const rectsOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((rect) => rect.width >= 1 && rect.height >= 1);
  };
  const hidingOf = (node, element) => {  // why nobody can read it, as reviews.screens.seen.Hiding names it; null where they can
    const style = getComputedStyle(element), { opacity, scale, isBlurred } = inheritedOf(element);
    if (!boxOf(element).checkVisibility() || style.visibility !== "visible" || opacity < 0.1 || isBlurred) return "style";
    if (parseFloat(style.fontSize) * scale < TINY_PX) return "tiny";
    const rects = rectsOf(node);
    if (!rects.length) return "clipped";
    if (rects.some(isOffScreen)) return "off_screen";
    return rects.some((rect) => isCutOff(element, rect)) ? "clipped" : null;
  };
  const isFaint = (element, ground) => {
    const [r, g, b, alpha] = colour(getComputedStyle(element).webkitTextFillColor), { opacity } = inheritedOf(element);
    return contrast(over([r, g, b, alpha * opacity], ground), ground) < CONTRAST;
  };
  const piecesOf = (policy, hidingOf) => {  // [{text, clause, hiding}] of an element, in the order in which it is read
    const pieces = [];
    let before = "";  // white space and line ends since the last words
    const put = (text, element, hiding) => {
      pieces.push({ text: before + text, clause: element.closest("[data-clause]")?.dataset.clause ?? null, hiding });
      before = "";
    };
    const putMade = (element, pseudo) => {
      const style = getComputedStyle(element, pseudo), made = /^"(.*)"$/s.exec(style.content);
      if (made && made[1].trim() && style.display !== "none") put(made[1], element, null);
    };
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        if (node.data.trim()) put(node.data, node.parentElement, hidingOf(node, node.parentElement));
        else before += node.data;
      } else if (node.nodeName === "BR") {
        before += "\n";
      } else if (node.nodeType === Node.ELEMENT_NODE && !NO_WORDS.has(node.tagName) && !(node.tagName === "NOSCRIPT" && RUNS_SCRIPT(node))) {
        const isInline = /^(inline|contents|ruby)/.test(getComputedStyle(node).display);
        if (!isInline) before += "\n";
        putMade(node, "::before");
        for (const child of (node.shadowRoot ?? node).childNodes) walk(child);
        putMade(node, "::after");
        if (!isInline) before += "\n";
      }
    };
    walk(policy);
    return pieces;
  };
  const policiesOf = () =>
    [...document.querySelectorAll("[data-policy-id]")].filter((at) => !at.parentElement?.closest("[data-policy-id]"));
  // Not a script of a page: the crawler's, which has no use for the rest.
  if (!document.currentScript) return { boxOf, colour, hidingOf, inheritedOf, isFaint, over, piecesOf, policiesOf, rectsOf };

  const visibleText = (policy) => {
    const hiding = (node, element) =>
      hidingOf(node, element) ?? (isFaint(element, inheritedOf(element).ground) ? "low_contrast" : null);
    return piecesOf(policy, hiding).filter((piece) => piece.hiding === null).map((piece) => piece.text).join("");
  };

  // ---- The hash of it, as consent.policy.text_sha256 makes it.
  const sha256 = async (text) => {
    const words = text.normalize("NFKC").replace(WHITE_SPACE, " ").replace(/^ | $/g, "");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const textHash = (policyId) => {
    const shown = policiesOf().filter((at) => !policyId || at.dataset.policyId === policyId);
    return sha256(shown.map(visibleText).join("\n"));
  };
  const BUSY = new WeakSet(), READY = new WeakSet();
  addEventListener("submit", async (event) => {
    const form = event.target, sender = event.submitter;
    if (!form.matches("form[data-consent]") || READY.has(form) || !globalThis.crypto?.subtle) return;
    event.preventDefault();
    if (BUSY.has(form)) return;
    BUSY.add(form);
    try {
      let field = form.querySelector("input[name=kanmon_text_sha256]");
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name: "kanmon_text_sha256" });
        form.append(field);
      }
      field.value = await textHash(form.dataset.consent);
    } finally {
      setTimeout(() => {  // a short hash is there before this event has ended, and until then a form isn't sent again
        BUSY.delete(form);
        READY.add(form);
        form.requestSubmit(sender);
        READY.delete(form);
      });
    }
  });

  // ---- What was rendered. A page is sampled or not as a whole; a region whose words change is reported again.
  const { renderings: REPORTS, sample: SHARE } = document.currentScript.dataset;
  const SETTLES_MS = 300, MOST_REPORTS = 4;
  const inView = new Set(), reported = new Set();
  const ticketOf = async (policy) => {
    const around = policy.closest("form") ?? document.querySelector(`form[data-consent="${CSS.escape(policy.dataset.policyId)}"]`);
    const token = around?.querySelector("input[name=kanmon_token]")?.value;
    return token ? sha256(`kanmon-rendering:${token}`) : undefined;
  };
  const report = async (policy) => {
    const screen_id = policy.dataset.kanmonScreen, text_sha256 = await textHash(policy.dataset.policyId);
    const words = `${screen_id} ${text_sha256}`;
    if (!screen_id || reported.size >= MOST_REPORTS || reported.has(words)) return;
    reported.add(words);
    const said = {
      screen_id, text_sha256, language: policy.closest("[lang]")?.lang ?? "", version: policy.dataset.policyVersion ?? "",
      ticket: await ticketOf(policy),
    };
    const headers = { "Content-Type": "application/json" }, body = JSON.stringify({ renderings: [said] });
    fetch(REPORTS, { method: "POST", headers, body, keepalive: true, credentials: "omit" }).catch(() => null);
  };
  const watchRegions = () => {
    let settling = 0;
    const settle = () => {  // a page that never comes to rest is looked at all the same
      settling ||= setTimeout(() => {
        settling = 0;
        for (const policy of policiesOf()) seen.observe(policy);
        for (const policy of inView) if (policy.isConnected) report(policy);
      }, SETTLES_MS);
    };
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) inView.add(target);
      settle();
    });
    new MutationObserver(settle).observe(document, { childList: true, subtree: true, characterData: true });
    settle();
  };
  if (REPORTS && globalThis.crypto?.subtle && Math.random() < Number(SHARE ?? 1)) watchRegions();

  // ---- Events. Each is kept under a name of its own, so that two tabs never write over each other.
  const RELAY = document.currentScript?.dataset.events;
  const NAME = "kanmon:", MOST_KEPT = 1000, BATCH = 100, PAUSES_MS = [1000, 5000, 30000, 120000];
  const memory = new Map();  // where a browser keeps nothing, they live as long as the page
  const store = (() => {
    try {
      localStorage.setItem(NAME, "");
      localStorage.removeItem(NAME);
      return {
        names: () => Object.keys(localStorage).filter((name) => name.startsWith(NAME)),
        get: (name) => localStorage.getItem(name),
        set: (name, value) => localStorage.setItem(name, value),
        remove: (name) => localStorage.removeItem(name),
      };
    } catch {
      return {
        names: () => [...memory.keys()],
        get: (name) => memory.get(name),
        set: (name, value) => memory.set(name, value),
        remove: (name) => memory.delete(name),
      };
    }
  })();
  let failures = 0, timer = 0, isSending = false;
  const batch = () => {
    const names = store.names().sort().slice(0, BATCH);
    return { names, body: `{"events":[${names.map(store.get).join(",")}]}` };
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(flush, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
  };
  const flush = async () => {
    const { names, body } = batch();
    if (!RELAY || isSending || !names.length) return;
    isSending = true;
    try {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(RELAY, { method: "POST", headers, body, keepalive: true });
      // 422: some events are refused and always will be; all others are taken.
      const isSettled = answer.ok || answer.status === 422;
      if (isSettled) names.forEach(store.remove);
      failures = isSettled ? 0 : failures + 1;
    } catch {
      failures += 1;
    } finally {
      isSending = false;
    }
    if (store.names().length) later();
  };
  const event = (kind, { target = null, page = location.pathname, weight = 1 } = {}) => {
    if (!RELAY) return;
    const now = new Date().toISOString(), random = crypto.getRandomValues(new Uint32Array(4)).join("-");
    const said = { event_id: `${now} ${random}`, occurred_at: now, kind, target, page, weight };
    try {
      store.names().sort().slice(0, -MOST_KEPT).forEach(store.remove);
      store.set(NAME + said.event_id, JSON.stringify(said));
    } catch {
      return;  // the browser has no room left
    }
    later();
  };
  // A page that goes away can't wait for an answer: what it sends stays kept, and is sent again from the next page.
  addEventListener("pagehide", () => {
    const { names, body } = batch();
    if (RELAY && names.length) navigator.sendBeacon(RELAY, new Blob([body], { type: "application/json" }));
  });
  const { kanmonKind, kanmonTarget, kanmonPage } = document.body?.dataset ?? {};
  if (kanmonKind) event(kanmonKind, { target: kanmonTarget ?? null, page: kanmonPage ?? location.pathname });
  else later();

  globalThis.kanmon = Object.freeze({ event, flush, textHash, visibleText });
})();
