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
  return {
    policies,
    hasConsentForm: document.querySelector("form[data-consent]") !== null,
    canPost: [...document.forms].some((form) => form.method === "post"),
    text: document.body?.innerText ?? "",
    links: [...document.links].map((link) => link.href).filter((href) => /^https?:/.test(href)),
  };
}
