// What a person can read of each policy element of the page: [{id, version, pieces: [{text, clause, hiding}]}].
// The reasons of `hiding` are those of reviews.screens.seen.Hiding. Run once in a page that has settled, with the rules of
// reading that web/static/kanmon.js applies in the page of a board; what covers words is found here.
({ boxOf, colour, hidingOf, inheritedOf, isFaint, over, piecesOf, policiesOf, rectsOf }) => {
  const SPOTS = [0.05, 0.25, 0.5, 0.75, 0.95];
  const PAINTED = new Set(["IMG", "CANVAS", "VIDEO", "IFRAME", "OBJECT", "EMBED", "svg", "INPUT", "TEXTAREA", "SELECT"]);

  // What lets clicks through is found by elementFromPoint only if it doesn't.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { pointer-events: auto !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  for (const animation of document.getAnimations()) {
    try { animation.finish(); } catch { animation.cancel(); }  // one without an end can't be finished
  }

  const paints = (element, pseudo) => {
    const style = getComputedStyle(element, pseudo);
    if (pseudo && (style.content === "none" || style.content === "normal")) return false;
    if (style.visibility !== "visible" || inheritedOf(element).opacity * (pseudo ? Number(style.opacity) : 1) < 0.1) return false;
    return (!pseudo && PAINTED.has(element.tagName)) || style.backgroundImage !== "none" || colour(style.backgroundColor)[3] > 0.1;
  };
  const covers = (element) => paints(element) || paints(element, "::before") || paints(element, "::after");

  const coveredOrFaint = (node, element) => {
    const box = boxOf(element);
    box.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    for (let line = 0; line < rectsOf(node).length; line++) {
      let rect = rectsOf(node)[line];
      if (rect.top < 0 || rect.bottom > innerHeight) {
        scrollBy({ top: rect.top - innerHeight / 2, behavior: "instant" });
        rect = rectsOf(node)[line];
      }
      for (const spot of SPOTS) {
        const stack = document.elementsFromPoint(rect.left + rect.width * spot, rect.top + rect.height / 2);
        const depth = stack.indexOf(box);
        if (depth < 0) return "clipped";
        if (stack.slice(0, depth).some(covers)) return "covered";
        const layers = stack.slice(depth).map((at) => colour(getComputedStyle(at).backgroundColor));
        if (isFaint(element, layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]))) return "low_contrast";
      }
    }
    return null;
  };

  const home = [scrollX, scrollY];
  const hiding = (node, element) => hidingOf(node, element) ?? coveredOrFaint(node, element);
  const policies = policiesOf().map((at) => (
    { id: at.dataset.policyId, version: at.dataset.policyVersion ?? null, pieces: piecesOf(at, hiding) }
  ));
  scrollTo({ left: home[0], top: home[1], behavior: "instant" });
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);

  // Whatever else may take an answer, and all words of the page with those in fields, frames and pictures' names.
  const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE"]);
  // Names that lead on or can be chosen are no words of a policy, though a policy lists companies as a front page does.
  const MOST_OF_A_NAME = 40;
  const isName = (at) => at.tagName === "OPTION" || (at.tagName === "A" && at.textContent.trim().length <= MOST_OF_A_NAME);
  const textOf = (root) => {
    const parts = [];
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) parts.push(node.data);
      else if (node.nodeType === Node.DOCUMENT_FRAGMENT_NODE) node.childNodes.forEach(walk);
      else if (node.nodeType === Node.ELEMENT_NODE && !SILENT.has(node.tagName) && !isName(node)) {
        const isInline = getComputedStyle(node).display.startsWith("inline");
        if (!isInline) parts.push("\n");
        if (node.tagName === "TEXTAREA") parts.push(node.value);
        else if (node.tagName === "IMG") parts.push(node.alt);
        else if (node.tagName === "IFRAME") try { parts.push(textOf(node.contentDocument.body)); } catch { /* of another origin */ }
        else for (const child of (node.shadowRoot ?? node).childNodes) walk(child);
        if (!isInline) parts.push("\n");
      }
    };
    if (root) walk(root);
    return parts.join("");
  };
  const wordsOf = (control) => (control.innerText || control.value || control.getAttribute("aria-label") || "").trim();
  const forms = [...(document.forms ?? [])];
  const boxes = document.querySelectorAll("input[type=checkbox], input[type=radio], [role=checkbox], [role=switch]");
  const pressed = document.querySelectorAll(
    "button, input[type=submit], input[type=button], input[type=image], [role=button], [onclick], [tabindex='0'], a[href^='#'], a[href^='javascript:'], a:not([href])");
  const AGREES = /^.{0,20}(同意(する|して|します)|承諾(する|して|します)|\b(I )?(agree|accept|consent)\b).{0,20}$/i;
  const named = [...document.querySelectorAll("body *")].filter((at) => !at.childElementCount && AGREES.test(at.textContent.trim())
    && !at.closest("script, style, nav, [data-policy-id]"));
  const isOfPost = (control) => control.form?.method === "post";
  const controls = [
    ...[...boxes].filter((box) => !isOfPost(box)).map(() => null),
    ...[...pressed].filter((control) => !isOfPost(control)).map(wordsOf).filter((words) => words && words.length <= 60),
    ...named.map(wordsOf),
  ];
  const called = [...document.querySelectorAll("[onclick]")].map((at) => at.getAttribute("onclick"));
  const written = [...called, ...[...document.scripts].map((script) => script.text)].join("\n");
  const opened = [...written.matchAll(/(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|window\.open\()\s*["'`]([^"'`\s]+)["'`]/g)];
  const addresses = [
    ...[...(document.links ?? [])].map((link) => link.href),
    ...[...document.querySelectorAll("iframe[src]")].map((frame) => frame.src),
    ...[...document.querySelectorAll("link[rel=alternate][href]")].map((link) => link.href),
    ...[...document.querySelectorAll("[data-href]")].map((at) => at.dataset.href),
    ...[...document.getElementsByTagName("loc")].map((at) => at.textContent.trim()),
    ...opened.map(([, address]) => address),
  ];
  const absolute = (address) => { try { return new URL(address, document.baseURI).href; } catch { return ""; } };
  return {
    policies,
    hasConsentForm: document.querySelector("form[data-consent]") !== null,
    canPost: forms.some((form) => form.method === "post"),
    controls,
    text: textOf(document.body ?? document.documentElement),
    links: addresses.map(absolute).filter((href) => /^https?:/.test(href)),
  };
}
